import { readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildConsole } from "./harness/built-console.ts";
import { killProcesses, run, startProcess, temporaryFolder } from "./harness/child-process.ts";
import { codeBlocks } from "./harness/code-blocks.ts";
import { freshDataDirectory } from "./harness/databases.ts";
import { COMPILE_CACHE, FROM_SOURCE, QUICK_START } from "./harness/from-source.ts";
import { freePort, onServer } from "./harness/local-postgres.ts";
import { LONG } from "./harness/long-run.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { waitUntil } from "./harness/waiting.ts";
import { workerPostgres } from "./harness/worker-postgres.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Prints the HTTP status after each response. */
const SHOW_STATUS = `curl() { command curl --silent --show-error --write-out '\\nHTTP %{http_code}\\n' "$@"; }\n`;
/** The programs that `npm start` and `npm run migrate` run. A long run starts npm itself. */
const QUICK_NPM = `
npm() {
  if [ "$1" = run ]; then shift; else set --; fi
  '${process.execPath}' --env-file-if-exists=.env ${QUICK_START.join(" ")} "$SERVICEFLOW_TEST_SERVER" "$@"
}
`;
/** Every version of the README, and the comment in it that only agents may see. */
const READMES = [
  { readme: "README.md", internal: "The seal again" },
  { readme: "README.ru.md", internal: "Снова прокладка" },
];

describe.each(READMES)("the tours of $readme on a first start", ({ readme, internal }) => {
  let server: ServerProcess;
  let environment: Record<string, string>;
  beforeAll(async () => {
    await buildConsole();
    server = await ServerProcess.start({
      DATA_DIR: await freshDataDirectory(),
      SEED_DEMO: "true",
      LOG_PRETTY: "true",
    });
    const { ADMIN, AGENT, EMPLOYEE } = await server.demoKeys();
    environment = {
      PATH: process.env.PATH ?? "",
      ...COMPILE_CACHE,
      ADMIN_KEY: ADMIN,
      AGENT_KEY: AGENT,
      EMPLOYEE_KEY: EMPLOYEE,
    };
  });
  afterAll(killProcesses);

  async function blocksOf(tour: string, language: string): Promise<string[]> {
    const blocks = await tourBlocks(readme, tour, language);
    return blocks.map((block) => block.replaceAll("http://localhost:8000", server.url));
  }

  it("shows what the printed curl command returns", async () => {
    const [command] = /curl .*/.exec(server.stdout) as RegExpExecArray;
    const { stdout } = await run("bash", ["-ec", `${command} --silent`]);
    const [shown] = await blocksOf("first-start", "json");
    expect(JSON.parse(stdout).items[0]).toMatchObject(JSON.parse(shown as string));
  });

  it("has links that open the console, each signed in once as one of the demo's people", async () => {
    const links = [
      ...server.stdout.matchAll(/(ADMIN|AGENT|EMPLOYEE) +(http\S+\/console\/)#code=(\S+)/g),
    ];
    expect(links.map(([, role]) => role)).toEqual(["ADMIN", "AGENT", "EMPLOYEE"]);
    for (const [, role, page = "", code = ""] of links) {
      expect((await fetch(page.replace("localhost", "127.0.0.1"))).status).toBe(200);
      const signIn = () =>
        fetch(`${server.url}/api/v1/session`, {
          method: "POST",
          headers: { "x-one-time-code": code, "sec-fetch-site": "same-origin" },
        });
      const first = await signIn();
      const cookie = first.headers.getSetCookie().join("; ").split(";")[0] as string;
      const me = await fetch(`${server.url}/api/v1/users/me`, {
        headers: { cookie, "sec-fetch-site": "same-origin" },
      });
      expect((await me.json()).role).toBe(role);
      expect((await signIn()).status).toBe(401);
    }
  });

  it("gets the described response to each curl call", async () => {
    const script = (await blocksOf("curl", "sh")).join("\n");
    expect(script).toContain(internal);
    const { stdout } = await run("bash", ["-ec", SHOW_STATUS + script], { env: environment });
    const statuses = [...stdout.matchAll(/^HTTP (\d{3})$/gm)].map((match) => Number(match[1]));
    expect(statuses).toEqual([
      201, 200, 200, 200, 200, 200, 201, 201, 200, 200, 200, 403, 412, 200, 200, 201, 201, 200, 201,
      200, 200, 200, 200,
    ]);
    const [filed, found, counted, file, summed, started, , , unread, read, tried, ...rest] =
      stdout.split(/^HTTP \d{3}$/m);
    const [refused, stale, done, history, again, forOther, left] = rest;
    expect(filed).toMatch(/"id":"SF-1037"/);
    expect(filed).toMatch(/^etag: "1-/im);
    expect(found).toMatch(/SF-1037/);
    expect(counted).toMatch(/"free":\{"count":\d/);
    expect(file).toMatch(/^.?id,/m);
    expect(summed).toMatch(/"series":\[\{"date"/);
    expect(started).toMatch(/"status":"IN_PROGRESS"/);
    expect(unread).toMatch(/"id":"SF-1037"/);
    expect(read).toMatch(/"unread":false/);
    expect(tried).toMatch(/"status":"DONE"/);
    expect(refused).toMatch(/"rule":"request.finish:EMPLOYEE:never"/);
    expect(stale).toMatch(/"code":"precondition_failed"/);
    expect(done).toMatch(/"status":"DONE"/);
    expect(history).toMatch(/request.transitioned/);
    expect(history).not.toContain(internal);
    expect(again).toMatch(/"followsUp":"SF-1037"/);
    expect(forOther).toMatch(/"requester":\{[^}]*"fullName":"Demo Employee"/);
    expect(left).toMatch(/"items":\[\]/);
  });

  it("gets the first response again when the call is retried", async () => {
    const [file] = await blocksOf("curl", "sh");
    const { stdout } = await run("bash", ["-ec", file as string], { env: environment });
    expect(stdout).toMatch(/^idempotent-replayed: true/im);
    expect(stdout).toMatch(/"id":"SF-1037"/);
  });

  it("runs the SDK tour", async () => {
    const [source] = await blocksOf("sdk", "ts");
    const file = join(ROOT, "test", `readme-tour-${process.pid}.ts`);
    await writeFile(file, source as string);
    try {
      const { stdout } = await run(process.execPath, [...FROM_SOURCE, file], {
        env: environment,
        cwd: ROOT,
      });
      expect(stdout).toMatch(/^SF-\d+ Demo Agent \[/m);
      expect(stdout).toMatch(/^forbidden [\w-]+$/m);
      expect(stdout).toMatch(/^would be DONE$/m);
      expect(stdout).toMatch(/^unread SF-\d+ \d{4}-\S+Z$/m);
      expect(stdout).toMatch(/^free \d+$/m);
      expect(stdout).toMatch(/^SF-1030 Замена стула$/m);
    } finally {
      await rm(file);
    }
  });
});

describe("the PostgreSQL tour", () => {
  const ROLES = ["serviceflow_owner", "serviceflow"];
  let superuser: string;
  beforeAll(() => {
    superuser = workerPostgres().postgresUrl;
  });
  afterAll(async () => {
    await killProcesses();
    await onServer(superuser, async (client) => {
      await client.query("drop database if exists serviceflow with (force)");
      for (const role of ROLES) await client.query(`drop role if exists ${role}`);
    });
  });

  it("leads from an empty cluster to the first administrator and a second category", async () => {
    const folder = await temporaryFolder("readme");
    for (const name of ["package.json", "packages", "node_modules"]) {
      await symlink(join(ROOT, name), join(folder, name));
    }
    const port = await freePort();
    const here = (block: string) =>
      block
        .replaceAll("db.internal", new URL(superuser).host)
        .replaceAll("http://localhost:8000", `http://127.0.0.1:${port}`);
    const [start, admin] = await Promise.all([
      tourBlocks("README.md", "postgres-start", "sh"),
      tourBlocks("README.md", "postgres-admin", "sh"),
    ]);
    const [create, addCategory] = admin.map(here) as [string, string];
    const environment = { PATH: process.env.PATH ?? "", ...COMPILE_CACHE };
    const shell = (script: string, added: Record<string, string> = {}) =>
      run("bash", ["-ec", script], { cwd: folder, env: { ...environment, ...added } });

    const [statements = ""] = await tourBlocks("README.md", "postgres-start", "sql");
    await onServer(superuser, async (client) => {
      for (const statement of statements.trim().split("\n")) await client.query(statement);
    });
    const script = (LONG ? "" : QUICK_NPM) + start.map(here).join("\n");
    const { SERVICEFLOW_TEST_SERVER = "" } = process.env;
    const settings = { ...environment, PORT: String(port), SERVICEFLOW_TEST_SERVER };
    let said = "";
    const server = startProcess("bash", ["-ec", script], {
      cwd: folder,
      env: settings,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [server.stdout, server.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    }
    await waitUntil("the server to start, or to fail", () => {
      expect(server.exitCode, said).toBeNull();
      return said.includes('"msg":"started"');
    });

    const { stdout: made } = await shell(create);
    const { apiKey, ...first } = JSON.parse(made);
    expect(first).toMatchObject({ role: "ADMIN", email: "admin@company.example" });
    await expect(shell(`${create.trim()} --fail`)).rejects.toThrow("403");
    const { stdout: added } = await shell(addCategory, { ADMIN_KEY: apiKey });
    expect(JSON.parse(added)).toMatchObject({ slug: "facilities", name: "Facilities" });
    const list = await fetch(`http://127.0.0.1:${port}/api/v1/categories`, {
      headers: { "x-api-key": apiKey },
    });
    const { items } = (await list.json()) as { items: { slug: string }[] };
    expect(items.map(({ slug }) => slug).toSorted()).toEqual(["facilities", "general"]);
  });
});

/** The code blocks between `<!-- tour:name -->` and `<!-- /tour:name -->`. */
async function tourBlocks(readme: string, tour: string, language: string): Promise<string[]> {
  const text = await readFile(join(ROOT, readme), "utf8");
  const [, section = ""] = text.split(`<!-- tour:${tour} -->`);
  return codeBlocks(section.split(`<!-- /tour:${tour} -->`)[0] as string, language);
}
