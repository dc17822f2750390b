import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { EdgeVM } from "@edge-runtime/vm";
import type { RunningServer } from "@serviceflow/server";
import { build, type Metafile } from "esbuild";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./harness/child-process.ts";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { COMPILERS, nodeOf, PackedSdk } from "./harness/packed-sdk.ts";
import { addPeople } from "./harness/people.ts";
import { serveWith } from "./harness/serve-with.ts";
import type { Person } from "./harness/test-app.ts";

const SDK = fileURLToPath(new URL("../../packages/sdk", import.meta.url));
/** The limit that the README promises. */
const MAX_KB = 15;

/** Names of the server and of bundled dependencies, which no declaration may contain. */
const DENIED =
  /\b(AppRouter|appRouter|TRPC\w*|trpc|zod|Zod\w*|drizzle|Hono|hono|PGlite|pglite|pg|pino|Services|CallContext|Database|Sender|Caller)\b/;

const ENTRIES = ["index", "webhooks", "testing", "tanstack-query"] as const;

const USE = `
import { can, ServiceFlow, ServiceFlowError, type ServiceRequest } from "@serviceflow/sdk";
import { createTestServer } from "@serviceflow/sdk/testing";
import { createMutations, createQueries } from "@serviceflow/sdk/tanstack-query";
import { createHandler, signWebhook, verifyWebhook } from "@serviceflow/sdk/webhooks";

export async function use(sf: ServiceFlow): Promise<string> {
  const { data, response } = await sf.requests.create({ title: "A chair" }).withResponse();
  const me = await sf.users.me();
  if (can("start", data, me)) await sf.requests.start(data);
  // @ts-expect-error NEW -> DONE
  void (() => sf.requests.finish(data));
  sf.events.on("comment.created", (event) => event.comment?.body.length);
  const queries = createQueries(sf);
  const page = await queries.requests.list({ status: "NEW" }).queryFn({ signal: new AbortController().signal } as never);
  const handle = createHandler({ secret: "whsec_", on: { "user.created": (event) => event.user?.email } });
  return [response.status, (page.items as ServiceRequest[]).length, handle, signWebhook, verifyWebhook, createTestServer, createMutations, ServiceFlowError].join();
}
`;

const SCRIPT = (load: (entry: string) => string) => `
const main = async () => {
  const { ServiceFlow, ServiceFlowError } = ${load("@serviceflow/sdk")};
  const { createHandler, signWebhook } = ${load("@serviceflow/sdk/webhooks")};
  const { createQueries } = ${load("@serviceflow/sdk/tanstack-query")};
  const sf = new ServiceFlow({ baseUrl: process.env.URL, apiKey: process.env.API_KEY });
  const { id } = await sf.requests.create({ title: "From a package" });
  const { queryFn } = createQueries(sf).requests.get(id);
  const { status } = await queryFn({ signal: AbortSignal.timeout(60000) });
  const secret = "whsec_" + btoa("a secret of 24 bytes or so");
  const body = JSON.stringify({ data: { id: "evt_1", type: "request.created" } });
  const handle = createHandler({ secret });
  const request = new Request("http://x/", { method: "POST", headers: await signWebhook(body, secret), body });
  const response = await handle(request);
  const refused = await sf.requests.finish(id).catch((error) => error);
  for await (const event of sf.events.subscribe({ after: "start", type: "request.created" })) {
    console.log([status, response.status, ServiceFlowError.is(refused), refused.code, event.type].join(" "));
    break;
  }
};
main();
`;
const OUTPUT = "NEW 204 true illegal_transition request.created\n";

describe("the packed SDK, installed in an empty project", () => {
  let packed: PackedSdk;
  let database: TestDatabase & { url: string };
  let server: RunningServer;
  let agent: Person;
  let page: ReturnType<typeof createServer>;
  let pageUrl: string;
  let script = "";

  beforeAll(async () => {
    packed = await PackedSdk.build();
    page = createServer((request, response) => {
      const isScript = request.url === "/script.js";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.end(isScript ? script : '<!doctype html><script src="/script.js"></script>');
    });
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    pageUrl = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    database = await freshPostgres();
    server = await serveWith(database, { CORS_ORIGINS: pageUrl });
    agent = (await addPeople(server.url)).agents[0];
  });
  afterAll(async () => {
    page?.close();
    await server?.close();
    await database?.drop();
  });

  it("contains the expected files only", async () => {
    const expected = [
      /^dist\/[\w.-]+\.(mjs|cjs|d\.mts|d\.cts)$/,
      /^docs\/reference\/[\w.-]+\.md$/,
      /^(README|CHANGELOG|api)\.md$/,
      /^LICENSE$/,
      /^package\.json$/,
    ];
    expect(packed.files.filter((path) => !expected.some((one) => one.test(path)))).toEqual([]);
    for (const entry of ENTRIES) {
      for (const ending of ["mjs", "cjs", "d.mts", "d.cts"]) {
        expect(packed.files).toContain(`dist/${entry}.${ending}`);
      }
    }
    expect(packed.files).toEqual(expect.arrayContaining(["README.md", "LICENSE", "api.md"]));
  });

  it("passes publint and attw", async () => {
    await run("npm", ["run", "check:package"], { cwd: SDK, env: process.env });
  });

  it("has declarations without server types and without imports", async () => {
    const files = await packed.declarations();
    expect(files.length).toBeGreaterThanOrEqual(2 * ENTRIES.length);
    for (const file of files) {
      const text = await readFile(file, "utf8");
      const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
      expect([file, DENIED.exec(code)?.[0]]).toEqual([file, undefined]);
      const imported = [...code.matchAll(/(?:from\s+|import\(?\s*)"([^"]+)"/g)].map(
        ([, name]) => name,
      );
      expect(imported.filter((name) => !name?.startsWith("./"))).toEqual([]);
    }
  });

  it.each(Object.keys(COMPILERS) as (keyof typeof COMPILERS)[])(
    "compiles under %s",
    async (compiler) => {
      await packed.write("use.ts", USE);
      await packed.write(
        "use.cts",
        USE.replace("export async", "async").concat("\nexport = use;\n"),
      );
      const errors = [
        await packed.compile(compiler, "use.ts", { module: "nodenext" }),
        await packed.compile(compiler, "use.ts", { module: "esnext", moduleResolution: "bundler" }),
        await packed.compile(compiler, "use.cts", {
          module: "nodenext",
          verbatimModuleSyntax: false,
        }),
      ];
      expect(errors).toEqual(["", "", ""]);
    },
  );

  it.each([20, 24])("runs on Node %i, as ESM and as CommonJS", async (major) => {
    const node = await nodeOf(major);
    const env = { URL: server.url, API_KEY: agent.key };
    const esm = await packed.write(
      "run.mjs",
      SCRIPT((entry) => `await import("${entry}")`),
    );
    const cjs = await packed.write(
      "run.cjs",
      SCRIPT((entry) => `require("${entry}")`),
    );
    expect(await packed.run(node, esm, env)).toBe(OUTPUT);
    expect(await packed.run(node, cjs, env)).toBe(OUTPUT);
  });

  /** Bundles a program for a browser. */
  async function bundle(
    code: string,
    minify = false,
  ): Promise<{ text: string; metafile: Metafile }> {
    const { outputFiles, metafile } = await build({
      stdin: { contents: code, resolveDir: packed.folder },
      bundle: true,
      write: false,
      minify,
      metafile: true,
      format: "iife",
      platform: "browser",
      target: "es2022",
    });
    return { text: outputFiles[0]?.text ?? "", metafile };
  }

  it(`adds at most ${MAX_KB} KB to a page, and no zod`, async () => {
    const code = `import { ServiceFlow } from "@serviceflow/sdk";
      const sf = new ServiceFlow({ baseUrl: "/", apiKey: "sf_" });
      sf.requests.get("SF-1").then(console.log);`;
    const { text, metafile } = await bundle(code, true);
    expect(gzipSync(text).length / 1024).toBeLessThan(MAX_KB);
    const all = await bundle(
      `import * as sdk from "@serviceflow/sdk"; import * as webhooks from "@serviceflow/sdk/webhooks";
      import * as query from "@serviceflow/sdk/tanstack-query"; console.log(sdk, webhooks, query);`,
    );
    for (const inputs of [metafile.inputs, all.metafile.inputs]) {
      expect(Object.keys(inputs).filter((path) => /zod|trpc/.test(path))).toEqual([]);
    }
    expect(all.text).not.toMatch(/ZodError|\$ZodType/);
  });

  it("runs in Chromium", async () => {
    const code = `import { ServiceFlow } from "@serviceflow/sdk";
      const options = { baseUrl: ${JSON.stringify(server.url)}, apiKey: ${JSON.stringify(agent.key)} };
      let refused = "";
      try { new ServiceFlow(options); } catch (error) { refused = error.name; }
      const sf = new ServiceFlow({ ...options, dangerouslyAllowBrowser: true });
      globalThis.result = (async () => {
        const { data, response } = await sf.requests.create({ title: "From a page" }).withResponse();
        for await (const event of sf.events.subscribe({ after: "start", type: "request.created" })) {
          return [refused, data.status, typeof response.requestId, event.type].join(" ");
        }
      })();`;
    script = (await bundle(code)).text;
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
    try {
      const tab = await browser.newPage();
      await tab.goto(pageUrl);
      const result = await tab.evaluate("globalThis.result");
      expect(result).toBe("TypeError NEW string request.created");
    } finally {
      await browser.close();
    }
  });

  it("runs in an edge runtime", async () => {
    const { text } = await bundle(`import { ServiceFlow } from "@serviceflow/sdk";
      import { createHandler, signWebhook } from "@serviceflow/sdk/webhooks";
      globalThis.result = (async () => {
        const sf = new ServiceFlow({ baseUrl: ${JSON.stringify(server.url)}, apiKey: ${JSON.stringify(agent.key)} });
        const { id } = await sf.requests.create({ title: "From the edge" });
        const { status } = await sf.requests.start(id);
        const secret = "whsec_" + btoa("a secret of 24 bytes or so");
        const body = JSON.stringify({ data: { id: "evt_1", type: "request.created" } });
        const request = new Request("http://x/", { method: "POST", headers: await signWebhook(body, secret), body });
        const { status: answered } = await createHandler({ secret })(request);
        return status + " " + answered;
      })();`);
    const vm = new EdgeVM();
    vm.evaluate(text);
    expect(await vm.evaluate<Promise<string>>("globalThis.result")).toBe("IN_PROGRESS 204");
  });

  it("names the package that a test server needs, and starts one when it is installed", async () => {
    const node = await nodeOf(20);
    const code = `import { createTestServer } from "@serviceflow/sdk/testing";
      try {
        const server = await createTestServer();
        const { id } = await server.employee.sf.requests.create({ title: "A chair" });
        console.log((await server.agent.sf.requests.claim(id)).assignee.id === server.agent.user.id);
        await server.close();
      } catch (error) { console.log(error.message); }`;
    const file = await packed.write("testing.mjs", code);
    expect(await packed.run(node, file, {})).toMatch(
      /npm install --save-dev @serviceflow\/testing\n$/,
    );
    await packed.addTesting();
    expect(await packed.run(node, file, {})).toBe("true\n");
  });
});
