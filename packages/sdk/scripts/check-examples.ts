/**
 * Runs every example of the README and the docstrings against an in-memory server; with `--types` it compiles them
 * instead, by the declarations that the last build of the packages left.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ServiceFlow } from "@serviceflow/sdk";
import { startTestServer } from "@serviceflow/testing";

interface Example {
  /** File and documented declaration, or README section. */
  title: string;
  code: string;
}

const PACKAGE = join(import.meta.dirname, "..");
const FOLDER = join(PACKAGE, ".examples");
const BASE_URL = "http://localhost:8000";
/** Names that an example may use without importing them. */
const IMPLICIT_IMPORTS = {
  "@serviceflow/sdk": [
    "ServiceFlow",
    "ServiceFlowError",
    "bulk",
    "can",
    "categoryName",
    "verifyAuditExport",
  ],
  "@serviceflow/sdk/webhooks": ["createHandler", "signWebhook", "toNodeHandler", "verifyWebhook"],
  "@serviceflow/sdk/schemas": ["texts"],
  "@serviceflow/sdk/testing": ["createTestServer"],
  "@serviceflow/sdk/presence": ["enterRequest", "listPresence"],
  "@serviceflow/sdk/tanstack-query": ["createMutations", "createQueries", "invalidateOnEvents"],
  "@tanstack/query-core": ["QueryClient"],
};
/** What needs a page of the server's own origin, or somebody's code, is type-checked only. */
const OF_PEOPLE = /^src\/resources\/sessions\.ts|session: true|\.redeem\(/;
const TSC = join(PACKAGE, "../../node_modules/typescript/bin/tsc");

function examples(): Example[] {
  const sources = readdirSync(join(PACKAGE, "src"), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  return [
    ...sources.flatMap((name) => inSource(`src/${name}`)),
    ...read("README.md").split("\n## ").flatMap(inSection),
  ];
}

function inSource(path: string): Example[] {
  const documented = /```ts\n(.*?)```\n *\*\/\n(?:export )?(.*?)[({]/gs;
  return [...read(path).matchAll(documented)].map(([, code = "", what = ""]) => ({
    title: `${path}: ${what.trim()}`,
    code: code.replace(/^ *\* ?/gm, ""),
  }));
}

function inSection(section: string): Example[] {
  const title = `README.md: ${section.split("\n")[0]}`;
  return [...section.matchAll(/```ts\n(.*?)```/gs)].map(([, code = ""]) => ({ title, code }));
}

function read(path: string): string {
  return readFileSync(join(PACKAGE, path), "utf8");
}

/** Puts the code in a block, so that it can declare its own `sf`. */
function toModule({ code }: Example): string {
  const imports = (code.match(/^import .*$/gm) ?? []).join("\n");
  const implicit = Object.entries(IMPLICIT_IMPORTS).map(([from, names]) => {
    const missing = names.filter((name) => !new RegExp(`\\b${name}\\b`).test(imports));
    return `import { ${missing.join(", ")} } from "${from}";`;
  });
  return `${imports}
${implicit.join("\n")}
const sf = new ServiceFlow({ baseUrl: "${BASE_URL}", apiKey: process.env.API_KEY });
const queryClient = new QueryClient();
{
${code.replace(/^import .*$/gm, "")}}
`;
}

/** Replaces the example's ids with real ones, in the state that the example needs. */
async function withRealIds({ title, code }: Example, admin: ServiceFlow): Promise<string> {
  const request = await admin.requests.create({ title: "A request of an example" });
  if (title.includes(": finish")) await admin.requests.start(request.id);
  if (title.includes(": release")) await admin.requests.claim(request.id);
  const email = `${crypto.randomUUID()}@example.com`;
  const user = await admin.users.create({ fullName: "A user of an example", email });
  const key = await admin.apiKeys.issueFor(user.id, { name: "A key of an example" });
  const hook = /whk_[0-9a-z]{26}/g;
  // There can be a hundred.
  const webhook = hook.test(code)
    ? await admin.webhooks.create({ url: "https://bot.example.com/" })
    : { id: "" };
  const oneTime = /cod_[0-9a-z]{26}/g;
  const issued = oneTime.test(code)
    ? await admin.codes.issue({ purpose: "API_KEY", name: "A code of an example" })
    : { id: "" };
  return code
    .replaceAll("SF-1042", request.id)
    .replaceAll(/usr_[0-9a-z]{26}/g, user.id)
    .replaceAll(/key_[0-9a-z]{26}/g, key.id)
    .replaceAll(oneTime, issued.id)
    .replaceAll(hook, webhook.id);
}

/** Starts an in-memory server and routes the global `fetch` to it. */
async function openServer(): Promise<() => Promise<void>> {
  const server = await startTestServer();
  process.env.ADMIN_BOOTSTRAP_KEY = server.bootstrapKey;
  globalThis.fetch = (input, init) => server.fetch(String(input), init);
  return server.close;
}

function compileAll(all: readonly Example[]): void {
  all.forEach(write);
  const config = {
    extends: "../../../tsconfig.base.json",
    compilerOptions: {
      noEmit: true,
      composite: false,
      declaration: false,
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
      noUnusedLocals: false,
      noUnusedParameters: false,
      types: ["node"],
      customConditions: [],
      paths: declarations(),
    },
    include: ["*.ts"],
  };
  writeFileSync(join(FOLDER, "tsconfig.json"), JSON.stringify(config));
  execFileSync(process.execPath, [TSC, "--project", FOLDER], { stdio: "inherit" });
}

/** The declarations of this package that `tsc -b` writes; those in `dist` are those of the last release build. */
function declarations(): Record<string, [string]> {
  const { name, exports } = JSON.parse(read("package.json"));
  return Object.fromEntries(
    Object.entries<Record<string, string>>(exports).flatMap(([path, conditions]) => {
      const source = conditions["@serviceflow/source"];
      if (source === undefined) return [];
      const declared = source.replace("./src/", "../dist-types/").replace(/\.ts$/, ".d.ts");
      return [[name + path.slice(1), [declared]]];
    }),
  );
}

/** @returns the file */
function write(example: Example, index: number): string {
  const file = join(FOLDER, `${index}.ts`);
  writeFileSync(file, toModule(example));
  return file;
}

async function runAll(all: readonly Example[]): Promise<void> {
  process.env.WEBHOOK_SECRET = `whsec_${btoa("a secret of an example")}`;
  let number = 0;
  const run = async (example: Example) => {
    number += 1;
    const file = write(example, number);
    if (!OF_PEOPLE.test(example.title) && !OF_PEOPLE.test(example.code)) await import(file);
    process.stdout.write(`ok ${example.title}\n`);
  };
  const needsAdmin = ({ code }: Example) => !code.includes(".bootstrap(");
  for (const example of all.filter((example) => !needsAdmin(example))) {
    const close = await openServer();
    await run(example);
    await close();
  }
  const close = await openServer();
  const bootstrap = { fullName: "First Admin", email: "admin@example.com" };
  const client = new ServiceFlow({ baseUrl: BASE_URL });
  const { apiKey } = await client.users.bootstrap(bootstrap, process.env.ADMIN_BOOTSTRAP_KEY ?? "");
  process.env.API_KEY = apiKey;
  const admin = new ServiceFlow({ baseUrl: BASE_URL, apiKey });
  await admin.users.create({ fullName: "Demo Employee", email: "employee@example.com" });
  for (const example of all.filter(needsAdmin)) {
    await run({ ...example, code: await withRealIds(example, admin) });
  }
  await close();
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER);
const all = examples();
if (process.argv.includes("--types")) compileAll(all);
else await runAll(all);
process.stdout.write(`${all.length} examples\n`);
// After a failure the modules stay for inspection; the next run replaces them.
if (!process.argv.includes("--keep")) rmSync(FOLDER, { recursive: true });
