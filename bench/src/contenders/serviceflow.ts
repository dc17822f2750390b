import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../test/src/harness/child-process.ts";
import { ROOT, type Service, startService } from "./process.ts";

const BOOTSTRAP_KEY = "benchmark-bootstrap-key-0123456789";
const ADMIN_EMAIL = "benchmark@example.com";

const built = new Map<string, Promise<unknown>>();

/** Builds a checkout once, so that what runs is what its image runs, and no older. */
function build(root: string): Promise<unknown> {
  const tsc = [join(root, "node_modules/typescript/bin/tsc"), "-b", "packages/server"];
  const build = built.get(root) ?? run(process.execPath, tsc, { cwd: root });
  built.set(root, build);
  return build;
}

/**
 * Starts ServiceFlow as its image does, with its default configuration; it writes its log as usual, to nowhere.
 * @param root a checkout
 */
export async function startServiceFlow(env: Record<string, string>, root = ROOT): Promise<Service> {
  await build(root);
  return startService(["packages/server/dist/main.js"], {
    root,
    probe: "/health/ready",
    env: {
      ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
      DATABASE_URL: "",
      SEED_DEMO: "false",
      LOG_PRETTY: "false",
      // Counts calls as usual, but never reaches the limit.
      RATE_LIMIT_PER_MINUTE: "1000000",
      WEB_CONCURRENCY: "",
      NODE_OPTIONS: "--max-semi-space-size=16",
      ...env,
    },
  });
}

/** Creates an administrator. @returns their API key */
export async function bootstrap({ url }: Service): Promise<string> {
  const response = await fetch(`${url}/api/v1/users`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-bootstrap-key": BOOTSTRAP_KEY },
    body: JSON.stringify({ fullName: "Benchmark", email: ADMIN_EMAIL }),
  });
  if (response.status !== 201) throw new Error(`The bootstrap ended with ${response.status}`);
  return ((await response.json()) as { apiKey: string }).apiKey;
}

/** A new API key of that administrator on a database that an earlier run made. Those before it are revoked. */
export async function renewKey(databaseUrl: string): Promise<string> {
  await build(ROOT);
  const env = { ...process.env, DATABASE_URL: databaseUrl };
  const command = async (...args: string[]) => {
    const program = ["packages/server/dist/main.js", "--json", ...args];
    return (await run(process.execPath, program, { cwd: ROOT, env })).stdout;
  };
  await command("migrate");
  await command("keys", "revoke-all", "--user", ADMIN_EMAIL);
  const issued = await command("keys", "issue", "--user", ADMIN_EMAIL, "--name", "Benchmark");
  return JSON.parse(issued).apiKey;
}

/** Whether a checkout can serve with several processes. */
export function knowsWorkers(root = ROOT): boolean {
  const path = join(root, "docs/generated/configuration.md");
  return existsSync(path) && readFileSync(path, "utf8").includes("`WEB_CONCURRENCY`");
}

/** Calls REST, for what the benchmark needs besides its load. */
export async function callRest<T>(
  { url }: Service,
  apiKey: string,
  path: string,
  body?: object,
): Promise<T> {
  const headers = { "x-api-key": apiKey, "content-type": "application/json" };
  const init = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
  const response = await fetch(`${url}/api/v1${path}`, init);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
