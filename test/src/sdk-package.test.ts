import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { EdgeVM } from "@edge-runtime/vm";
import { ServiceFlow } from "@serviceflow/sdk";
import type { RunningServer } from "@serviceflow/server";
import { build, type Metafile } from "esbuild";
import { chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./harness/child-process.ts";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { LONG } from "./harness/long-run.ts";
import { COMPILERS, nodeOf, PackedSdk } from "./harness/packed-sdk.ts";
import { PageServer } from "./harness/page-server.ts";
import { addPeople } from "./harness/people.ts";
import { serveWith } from "./harness/serve-with.ts";
import type { Person } from "./harness/test-app.ts";
import {
  INSTALLED,
  installRunners,
  NODE_TEST,
  runExample,
  runnersFolder,
} from "./harness/test-runners.ts";
import { waitUntil } from "./harness/waiting.ts";

const SDK = fileURLToPath(new URL("../../packages/sdk", import.meta.url));
/** The limit that the README promises. */
const MAX_KB = 15;

const SHARED_CALLS = LONG ? 100_000 : 2_000;

/** Names of the server and of bundled dependencies, which no declaration may contain. */
const DENIED =
  /\b(AppRouter|appRouter|TRPC\w*|trpc|zod|Zod\w*|drizzle|Hono|hono|PGlite|pglite|pg|pino|Services|CallContext|Database|Sender|Caller)\b/;

const ENTRIES = ["index", "webhooks", "schemas", "testing", "presence", "tanstack-query"] as const;

const USE = `
import { bulk, can, EVENT_TYPES, type Event, SCOPES, ServiceFlow, ServiceFlowError, type ServiceRequest, VISIBILITIES } from "@serviceflow/sdk";
import { PRIORITIES, texts } from "@serviceflow/sdk/schemas";
import { createTestServer } from "@serviceflow/sdk/testing";
import { createMutations, createQueries } from "@serviceflow/sdk/tanstack-query";
import { QueryClient } from "@tanstack/query-core";
import { createHandler, signWebhook, verifyWebhook } from "@serviceflow/sdk/webhooks";

export async function use(sf: ServiceFlow): Promise<string> {
  const { data, response } = await sf.requests.create({ title: "A chair" }).withResponse();
  const me = await sf.users.me();
  if (can("start", data, me)) await sf.requests.start(data);
  // @ts-expect-error NEW -> DONE
  void (() => sf.requests.finish(data));
  const { mine } = await sf.requests.counts({ mine: { assignee: "me" } });
  for await (const { id, title } of sf.requests.list({ fields: ["title"] })) console.log(id, title, mine.count);
  // @ts-expect-error lists have no description unless it is included
  void (async () => (await sf.requests.list()).items.map(({ description }) => description));
  const { items: [found] } = await sf.users.search({ q: "ada" });
  await sf.requests.markRead(data, { dryRun: found === undefined });
  sf.events.on("comment.created", (event) => event.comment?.body.length);
  const queries = createQueries(sf);
  const page = await queries.requests.list({ status: "NEW" }).queryFn({ signal: new AbortController().signal } as never);
  queries.requests.infinite({ createdFrom: new Date() });
  queries.requests.counts({ today: { createdFrom: new Date() } });
  queries.requests.stats({ createdTo: new Date() });
  queries.audit.list({ occurredFrom: new Date() });
  const results = await bulk([data], (request, options) => sf.requests.cancel(request, { reason: "Filed twice." }, { ...options, ifUnchanged: true }));
  for (const { item, value, error } of results) console.log(item.version, error ? error.message : value.closedAt.length);
  const seen: Event[] = (await sf.events.list()).items;
  const cached: string | undefined = new QueryClient().getQueryData(queries.requests.get("SF-1").queryKey)?.title;
  // @ts-expect-error the key knows its data
  void new QueryClient().getQueryData(queries.users.me().queryKey)?.title;
  const handle = createHandler({ secret: "whsec_", on: { "user.created": (event) => event.user?.email } });
  return [response.status, cached, (page.items as ServiceRequest[]).length, handle, signWebhook, verifyWebhook, createTestServer, createMutations, ServiceFlowError,
    seen, SCOPES, VISIBILITIES, EVENT_TYPES, PRIORITIES, texts.title.max].join();
}
`;

const COMPILED_BY = Object.keys(COMPILERS) as (keyof typeof COMPILERS)[];

/** What does not compile, each with the sentence in which the compiler says why. */
const ILLEGAL: Readonly<Record<string, RegExp>> = {
  "sf.requests.finish(filed)": /"finish takes a request that is IN_PROGRESS, not NEW"/,
  "sf.requests.cancel(done, { reason: '' })": /"cancel takes a request that is open, not DONE"/,
  'sf.requests.start({ id: "SF-1", status: "IN_PROGRESS" })':
    /"start takes a request that is NEW, not IN_PROGRESS"/,
  'sf.requests.transition(done, { status: "IN_PROGRESS" })':
    /"a request that is DONE is closed for good"/,
  'sf.requests.transition(filed, { status: "DONE" })': /"DONE".*"(IN_PROGRESS|CANCELED)"/,
};
const MISUSE = `
import type { ServiceFlow, ServiceRequestIn } from "@serviceflow/sdk";
export function misuse(sf: ServiceFlow, filed: ServiceRequestIn<"NEW">, done: ServiceRequestIn<"DONE">): void {
${Object.keys(ILLEGAL)
  .map((command) => `  void ${command};`)
  .join("\n")}
}
`;

const SCRIPT = (load: (entry: string) => string) => `
const main = async () => {
  const { ServiceFlow, ServiceFlowError } = ${load("@serviceflow/sdk")};
  const { createHandler, signWebhook } = ${load("@serviceflow/sdk/webhooks")};
  const { createQueries } = ${load("@serviceflow/sdk/tanstack-query")};
  const sf = new ServiceFlow({ baseUrl: process.env.URL, apiKey: process.env.API_KEY });
  const { id } = await sf.requests.create({ title: "From a package" });
  const { all } = await sf.requests.counts({ all: {} });
  const { queryFn } = createQueries(sf).requests.get(id);
  const { status } = await queryFn({ signal: AbortSignal.timeout(60000) });
  const secret = "whsec_" + btoa("a secret of 24 bytes or so");
  const body = JSON.stringify({ data: { id: "evt_1", type: "request.created" } });
  const handle = createHandler({ secret });
  const request = new Request("http://x/", { method: "POST", headers: await signWebhook(body, secret), body });
  const response = await handle(request);
  const refused = await sf.requests.finish(id).catch((error) => error);
  for await (const event of sf.events.subscribe({ after: "start", type: "request.created" })) {
    console.log([status, response.status, ServiceFlowError.is(refused), refused.code, event.type, all.count > 0].join(" "));
    break;
  }
};
main();
`;
/** Thirty calls and thirty streams share a signal, and then so do many calls after each other. */
const SHARED_SIGNAL = (calls: number) => `
import { getEventListeners } from "node:events";
import { ServiceFlow } from "@serviceflow/sdk";
const warnings = [];
process.on("warning", ({ name }) => warnings.push(name));
const controller = new AbortController();
const { signal } = controller;
const listeners = () => getEventListeners(signal, "abort").length;
const options = { baseUrl: process.env.URL, apiKey: process.env.API_KEY };
const sf = new ServiceFlow(options);
await Promise.all(Array.from({ length: 30 }, () => sf.users.me({ signal })));
const afterCalls = listeners();
const fast = new ServiceFlow({ ...options, fetch: async () => Response.json({ result: { data: {} } }) });
for (let i = 0; i < ${calls}; i += 1) await fast.users.me({ signal });
gc();
await new Promise(setImmediate);
// What the runtime keeps of the signal: its listeners, and those signals that AbortSignal.any has derived from it.
const kept = Object.getOwnPropertySymbols(signal).reduce((sum, key) => sum + (signal[key]?.size ?? 0), 0);
const afterLoop = listeners();
const stuck = new ServiceFlow({ ...options, fetch: () => new Promise(() => {}) });
const streams = Array.from({ length: 30 }, () => stuck.events.subscribe({}, { signal }).next());
const handled = Array.from({ length: 30 }, () => stuck.events.on("request.created", () => {}, {}, { signal }).closed);
controller.abort();
const codes = new Set((await Promise.allSettled(streams)).map(({ reason }) => reason.code));
await Promise.all(handled);
await new Promise(setImmediate);
console.log(JSON.stringify({ warnings, afterCalls, afterLoop, afterAbort: listeners(), codes: [...codes], kept }));
`;

/** A page that follows the feed, and calls as any other page does. */
const TABS = (apiKey: string) => `
import { ServiceFlow } from "@serviceflow/sdk";
const sf = new ServiceFlow({ baseUrl: location.origin, apiKey: "${apiKey}", dangerouslyAllowBrowser: true });
let me = "";
globalThis.received = [];
globalThis.status = "";
sf.users.me().then(() => { me = "me"; });
const onState = ({ status, error }) => {
  const show = () => { if (!me) return setTimeout(show, 10); globalThis.status = [me, status, error?.code].filter(Boolean).join(" "); };
  show();
};
sf.events.on("request.created", ({ subject }) => globalThis.received.push(subject.id), {}, { onState, onError: () => {} });
`;

/** A program whose subscriptions fail, and which awaits none of them. */
const UNAWAITED = `
import { ServiceFlow } from "@serviceflow/sdk";
console.error = (_, error) => console.log("printed", error.code);
process.on("exit", (code) => console.log("exit", code));
const sf = new ServiceFlow({ baseUrl: process.env.URL, apiKey: "sf_no" });
const onError = (error) => console.log("passed", error.code);
sf.events.on("request.created", () => {}, {}, { onError });
sf.events.on("request.created", () => {});
`;

/** Loads the entry as Jest does: compiled in a virtual machine that has no loader of ES modules. */
const IN_JEST = `
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { runInThisContext } = require("node:vm");
const file = require.resolve("@serviceflow/sdk/testing");
const module_ = { exports: {} };
const load = runInThisContext("(function (exports, require, module) {" + readFileSync(file, "utf8") + "})", { filename: file });
load(module_.exports, createRequire(file), module_);
module_.exports.createTestServer().catch(({ name, message, cause }) => console.log(name, message, cause.code));
`;

const OUTPUT = "NEW 204 true illegal_transition request.created true\n";

describe("the packed SDK, installed in an empty project", () => {
  let packed: PackedSdk;
  let runnersInstalled: Promise<void> | undefined;
  let database: TestDatabase & { url: string };
  let server: RunningServer;
  let agent: Person;
  let page: PageServer;

  beforeAll(async () => {
    packed = await PackedSdk.build();
    page = await PageServer.start();
    database = await freshPostgres();
    server = await serveWith(database, { CORS_ORIGINS: page.url });
    agent = (await addPeople(server.url)).agents[0];
    page.target = server.url;
  });
  afterAll(async () => {
    page?.close();
    await server?.close();
    await database?.drop();
  });

  it("contains the expected files only", async () => {
    const expected = [
      /^dist\/[\w.-]+\.(mjs|cjs|d\.mts|d\.cts)$/,
      /^docs\/(reference\/[\w.-]+|bots)\.md$/,
      /^examples\/[\w-]+\.ts$/,
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
    expect(packed.files).toEqual(
      expect.arrayContaining([
        "README.md",
        "LICENSE",
        "api.md",
        "docs/bots.md",
        "examples/triage.ts",
      ]),
    );
    // What its documents link to is in it.
    for (const file of packed.files.filter((path) => /^(README|docs\/bots)\.md$/.test(path))) {
      const text = await readFile(
        join(packed.folder, "node_modules/@serviceflow/sdk", file),
        "utf8",
      );
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = ""]) => link);
      expect(links.length).toBeGreaterThan(0);
      for (const link of links) {
        const target = join(dirname(file), link);
        expect([file, link, packed.files.some((path) => path.startsWith(target))]).toEqual([
          file,
          link,
          true,
        ]);
      }
    }
  });

  it("passes publint and attw", async () => {
    await run("npm", ["run", "check:package"], { cwd: SDK, env: process.env });
  });

  it("has declarations without server types, and without imports but TanStack Query's", async () => {
    const files = await packed.declarations();
    expect(files.length).toBeGreaterThanOrEqual(2 * ENTRIES.length);
    for (const file of files) {
      const text = await readFile(file, "utf8");
      const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
      expect([file, DENIED.exec(code)?.[0]]).toEqual([file, undefined]);
      const imported = [...code.matchAll(/(?:from\s+|import\(?\s*)"([^"]+)"/g)].map(
        ([, name]) => name,
      );
      const others = imported.filter((name) => !name?.startsWith("./"));
      const isForTanStack = /tanstack-query\.d\.[cm]ts$/.test(file);
      expect([...new Set(others)]).toEqual(isForTanStack ? ["@tanstack/query-core"] : []);
    }
  });

  it.each(COMPILED_BY)("compiles under %s", async (compiler) => {
    await packed.write("use.ts", USE);
    await packed.write("use.cts", USE.replace("export async", "async").concat("\nexport = use;\n"));
    const errors = [
      await packed.compile(compiler, ["use.ts", "use.cts"], { module: "nodenext" }),
      await packed.compile(compiler, ["use.ts"], {
        module: "esnext",
        moduleResolution: "bundler",
        verbatimModuleSyntax: true,
      }),
    ];
    expect(errors).toEqual(["", ""]);
  });

  it.each(LONG ? COMPILED_BY : COMPILED_BY.slice(-1))(
    "says why a command is illegal under %s",
    async (compiler) => {
      await packed.write("misuse.ts", MISUSE);
      const output = await packed.compile(compiler, ["misuse.ts"], { module: "nodenext" });
      const errors = output.split(/^misuse\.ts/m).slice(1);
      expect(errors).toEqual(Object.values(ILLEGAL).map((why) => expect.stringMatching(why)));
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

  it.each([20, 24])("shares one signal between any number of calls on Node %i", async (major) => {
    const file = await packed.write("signal.mjs", SHARED_SIGNAL(SHARED_CALLS));
    const env = { URL: server.url, API_KEY: agent.key };
    const output = await packed.run([...(await nodeOf(major)), "--expose-gc"], file, env);
    expect(JSON.parse(output)).toEqual({
      warnings: [],
      kept: 0,
      afterCalls: 0,
      afterLoop: 0,
      afterAbort: 0,
      codes: ["aborted"],
    });
  });

  it.each([20, 24])(
    "survives a failed subscription that nobody awaits on Node %i",
    async (major) => {
      const file = await packed.write("unawaited.mjs", UNAWAITED);
      const lines = await packed.run(await nodeOf(major), file, { URL: server.url });
      expect(lines.split("\n").filter(Boolean).sort()).toEqual([
        "exit 0",
        "passed unauthenticated",
        "printed unauthenticated",
      ]);
    },
  );

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
      import * as query from "@serviceflow/sdk/tanstack-query"; import * as schemas from "@serviceflow/sdk/schemas";
      console.log(sdk, webhooks, query, schemas);`,
    );
    for (const inputs of [metafile.inputs, all.metafile.inputs]) {
      expect(Object.keys(inputs).filter((path) => /zod|trpc/.test(path))).toEqual([]);
    }
    expect(all.text).not.toMatch(/ZodError|\$ZodType/);
  });

  function launch() {
    return chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
  }

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
    page.script = (await bundle(code)).text;
    const browser = await launch();
    try {
      const tab = await browser.newPage();
      await tab.goto(page.url);
      const result = await tab.evaluate("globalThis.result");
      expect(result).toBe("TypeError NEW string request.created");
    } finally {
      await browser.close();
    }
  });

  it("signs in a person in Chromium, whose session serves no page of another origin", async () => {
    const code = `import { ServiceFlow } from "@serviceflow/sdk";
      const refused = (baseUrl) => {
        try { return new ServiceFlow({ baseUrl, session: true }) && null; } catch (error) { return error.message; }
      };
      globalThis.journey = async (baseUrl, apiKey) => {
        const sf = new ServiceFlow({ baseUrl, session: true });
        const before = await sf.session.current().catch((error) => error.code);
        const started = await sf.session.start({ apiKey });
        const { user, startedWith, device } = await sf.session.current();
        const { title } = await sf.requests.create({ title: "By a person" });
        const found = [];
        for await (const event of sf.events.subscribe({ after: "start", type: "request.created" })) {
          found.push(event.type);
          break;
        }
        const sessions = await sf.session.list();
        return { before, user, startedWith, device, title, found, cookie: document.cookie,
          count: sessions.items.length, refused: refused("http://other.example"), expiresAt: started.expiresAt };
      };
      globalThis.signOut = async (baseUrl) => {
        const sf = new ServiceFlow({ baseUrl, session: true });
        await sf.session.end();
        return sf.session.current().catch((error) => error.code);
      };`;
    page.script = (await bundle(code)).text;
    const browser = await launch();
    try {
      const context = await browser.newContext();
      const tab = await context.newPage();
      const url = `${server.url}/page`;
      const html = `<!doctype html><script>${page.script}</script>`;
      await tab.route(url, (route) => route.fulfill({ contentType: "text/html", body: html }));
      await tab.goto(url);
      const journey = await tab.evaluate(
        `journey(${JSON.stringify(server.url)}, ${JSON.stringify(agent.key)})`,
      );
      expect(journey).toMatchObject({
        before: "unauthenticated",
        user: { id: agent.id },
        startedWith: "API_KEY",
        device: "Chrome on Linux",
        title: "By a person",
        found: ["request.created"],
        cookie: "",
        count: 1,
        refused: expect.stringMatching(/own origin/),
      });

      // The other port is the same site: the browser sends the cookie with all of these.
      const other = await context.newPage();
      await other.goto(page.url);
      const ask = (path: string, init: object) =>
        other.evaluate(
          `fetch(${JSON.stringify(`${server.url}${path}`)}, { credentials: "include", mode: "no-cors",
             ...${JSON.stringify(init)} }).catch(() => {})`,
        );
      const arrived: { request: IncomingMessage; response: ServerResponse }[] = [];
      const look = (message: unknown) => arrived.push(message as (typeof arrived)[0]);
      subscribe("http.server.request.start", look);
      await ask("/api/v1/users/me", {});
      await ask("/api/v1/requests", { method: "POST", body: '{"title":"Forged"}' });
      const submit = (method: string, path: string) =>
        other.evaluate(`{
          const form = document.createElement("form");
          Object.assign(form, { method: "${method}", action: "${server.url}${path}", enctype: "text/plain" });
          document.documentElement.append(form);
          form.submit();
        }`);
      for (const [method, path] of [
        ["post", "/api/v1/requests"],
        ["get", "/api/v1/users/me"],
      ] as const) {
        await other.goto(page.url);
        await Promise.all([other.waitForURL(`${server.url}/**`), submit(method, path)]);
        expect(await other.textContent("body")).toContain("pages of this server itself");
      }
      unsubscribe("http.server.request.start", look);
      const forged = arrived
        .filter(({ request }) => request.url?.startsWith("/api"))
        .map(({ request: { method, headers }, response: { statusCode } }) => {
          return [method, headers["sec-fetch-site"], headers.cookie?.slice(0, 16), statusCode];
        });
      const refused = ["same-site", "serviceflow=sfs_", 401];
      expect(forged).toEqual(["GET", "POST", "POST", "GET"].map((method) => [method, ...refused]));
      const found = await tab.evaluate(
        `fetch("/api/v1/requests?q=Forged").then((response) => response.json())`,
      );
      expect(found).toMatchObject({ items: [] });

      expect(await tab.evaluate(`signOut(${JSON.stringify(server.url)})`)).toBe("unauthenticated");
      expect(await context.cookies()).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it("shares one stream between seven tabs over HTTP/1.1, and survives its leader", async () => {
    const writer = new ServiceFlow({ baseUrl: server.url, apiKey: agent.key });
    const key = await writer.apiKeys.issue({ name: "Of the tabs" });
    page.script = (await bundle(TABS(key.apiKey))).text;
    page.opened.length = 0;
    const browser = await launch();
    try {
      const context = await browser.newContext();
      let tabs: Page[] = [];
      for (let i = 0; i < 7; i += 1) {
        const tab = await context.newPage();
        await tab.goto(`${page.url}/?tab=${i}`);
        tabs.push(tab);
      }
      const seen = <T>(name: string) =>
        Promise.all(tabs.map((tab) => tab.evaluate<T>(`globalThis.${name}`)));
      const all = async (name: string, value: unknown) =>
        (await seen(name)).every((one) => one === value);
      await waitUntil("all tabs to load and to be live", () => all("status", "me live"));
      const filed: string[] = [];
      const file = async (count: number) => {
        for (let i = 0; i < count; i += 1) {
          filed.push((await writer.requests.create({ title: `For all tabs ${i}` })).id);
        }
      };
      const receiveAll = async () => {
        const text = filed.join();
        await waitUntil("all tabs to have all events", () => all("received.join()", text));
      };
      await file(3);
      await receiveAll();
      expect([page.opened.length, page.open.size]).toEqual([1, 1]);

      const closed = page.leaderOf(tabs) as Page;
      const filing = file(10);
      const closedAt = performance.now();
      await closed.close();
      tabs = tabs.filter((tab) => tab !== closed);
      await filing;
      await receiveAll();
      expect([page.opened.length, page.open.size]).toEqual([2, 1]);
      // Nothing waits for a timer: the next has asked for the lock before.
      expect((page.opened[1]?.openedAt ?? 0) - closedAt).toBeLessThan(5_000);

      const frozen = page.leaderOf(tabs) as Page;
      // Chromium without a screen does not freeze pages, which are all visible; a debugger stops one that is not warned.
      const cdp = await context.newCDPSession(frozen);
      const act = (type: string) => frozen.evaluate(`document.dispatchEvent(new Event("${type}"))`);
      if (LONG) await cdp.send("Debugger.enable");
      await (LONG ? cdp.send("Debugger.pause") : act("freeze"));
      const others = tabs.filter((tab) => tab !== frozen);
      await waitUntil("another tab to lead", () => page.leaderOf(others) !== undefined);
      await file(3);
      await (LONG ? cdp.send("Debugger.disable") : act("resume"));
      await receiveAll();
      await waitUntil("one stream to be left", () => page.open.size === 1);

      await writer.apiKeys.revoke(key.id);
      await waitUntil("all tabs to know why it ended", () =>
        all("status", "me ended unauthenticated"),
      );
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

  it.each([20, 24])(
    "names the flag that a test server needs in Jest, on Node %i",
    async (major) => {
      const file = await packed.write("jest.cjs", IN_JEST);
      expect(await packed.run(await nodeOf(major), file, {})).toMatch(
        /^TypeError .*NODE_OPTIONS=--experimental-vm-modules.* ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING/,
      );
    },
  );

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

  it("has a test server that runs in node:test as documented", async () => {
    await packed.addTesting();
    const output = await runExample(await runnersFolder(packed.folder), NODE_TEST);
    expect(output).toMatch(/^. pass 1$/m);
  });

  it.each(LONG ? Object.keys(INSTALLED) : [])(
    "has a test server that runs in %s as documented",
    async (name) => {
      await packed.addTesting();
      const folder = await runnersFolder(packed.folder);
      runnersInstalled ??= installRunners(folder);
      await runnersInstalled;
      const output = await runExample(folder, INSTALLED[name] as (typeof INSTALLED)[string]);
      expect(output).toMatch(/Tests:? +1 passed/);
    },
  );
});
