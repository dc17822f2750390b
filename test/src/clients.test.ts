import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  connectPostgres,
  createServices,
  readConfig,
  seedDemo,
  serveOn,
} from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./harness/child-process.ts";
import { freshPostgres, testLog } from "./harness/databases.ts";
import { generateClients, TOOLS, travel } from "./harness/generated-clients.ts";
import { LONG, ONLY_LONG } from "./harness/long-run.ts";
import { Prism } from "./harness/prism.ts";
import { BOOTSTRAP_KEY } from "./harness/test-app.ts";

const CLIENTS = join(import.meta.dirname, "../clients");

describe("clients that are generated from the OpenAPI document", () => {
  beforeAll(async () => {
    const script = (name: string) => run("npm", ["run", "--silent", name], { cwd: CLIENTS });
    await rm(join(CLIENTS, "generated"), { recursive: true, force: true });
    await Promise.all([script("generate:openapi-fetch"), script("generate:hey-api")]);
    await script("compile").catch((error: { stdout: string }) => {
      throw new Error(`The generated clients do not compile:\n${error.stdout}`);
    });
  });

  it.each(["openapi-fetch", "hey-api"])(
    "%s compiles, and handles the life cycle of a request",
    async (client) => {
      const database = await freshPostgres();
      const environment = { PORT: "0", HOST: "127.0.0.1", ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY };
      const db = connectPostgres({
        url: database.url,
        poolSize: 5,
        preparedStatements: true,
        log: testLog,
      });
      const server = await serveOn(db, readConfig(environment, false), testLog);
      try {
        const program = join(CLIENTS, `generated/compiled/src/${client}-journey.js`);
        const { stdout } = await run(process.execPath, [program], {
          env: { SERVICEFLOW_URL: server.url, ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY },
        });
        expect(JSON.parse(stdout)).toEqual({
          isReplayed: true,
          statuses: ["NEW", "IN_PROGRESS", "DONE"],
          commentsSeenByEmployee: ["On my way"],
          history: [
            "request.transitioned",
            "request.transitioned",
            "comment.created",
            "comment.created",
            "request.created",
          ],
          listed: ["Request 5", "Request 4", "Request 3", "Request 2", "Printer jammed"],
          pages: 3,
          invalid: { status: 422, code: "validation_failed", pointers: ["/title"] },
          illegal: { status: 409, code: "illegal_transition", allowed: [] },
        });
      } finally {
        await server.close();
        await database.drop();
      }
    },
  );
});

const NAME = "clients of further generators, in the demo, directly and through a validating proxy";
if (LONG) describe(NAME, viaGenerators);
else it(NAME, ({ skip }) => skip(ONLY_LONG));

function viaGenerators(): void {
  const OBSERVED = {
    isReplayed: true,
    found: true,
    others: 1,
    assignee: "Demo Agent",
    comment: { body: "On my way", visibility: "PUBLIC" },
    statuses: ["NEW", "IN_PROGRESS", "DONE"],
    isClosed: true,
    moves: ["DONE", "IN_PROGRESS", "NEW"],
    problem: { status: 422, code: "validation_failed", pointers: ["/title"] },
  };
  const closing: (() => Promise<unknown>)[] = [];
  let folder: string;
  let api: string;
  let keys: { AGENT_KEY: string; EMPLOYEE_KEY: string };

  beforeAll(async () => {
    const database = await freshPostgres();
    closing.push(() => database.drop());
    const demo = await seedDemo(createServices(database.db, testLog, {}).services);
    keys = { AGENT_KEY: demo?.AGENT ?? "", EMPLOYEE_KEY: demo?.EMPLOYEE ?? "" };
    const db = connectPostgres({
      url: database.url,
      poolSize: 5,
      preparedStatements: true,
      log: testLog,
    });
    const settings = { PORT: "0", HOST: "127.0.0.1", RATE_LIMIT_PER_MINUTE: "0" };
    const server = await serveOn(db, readConfig(settings, false), testLog);
    closing.push(() => server.close());
    api = `${server.url}/api/v1`;
    folder = await generateClients();
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  const go = (tool: string, baseUrl: string) =>
    travel(folder, tool, {
      ...keys,
      SERVICEFLOW_URL: baseUrl,
      IDEMPOTENCY_KEY: `${tool}-${baseUrl}`,
    });

  it.each(TOOLS)(
    "%s compiles under strict, and handles the life cycle of a request",
    async (tool) => {
      expect(await go(tool, api)).toEqual(OBSERVED);
    },
  );

  it("send and get only what the document allows", async () => {
    const prism = await Prism.open(folder, api, await freePort());
    closing.push(() => prism.close());
    // Kubb's client puts commas between values, which the server takes and the document does not offer.
    for (const tool of TOOLS.filter((each) => each !== "kubb")) {
      const before = prism.violations().length;
      expect(await go(tool, prism.url)).toEqual(OBSERVED);
      // The one that each of them provokes.
      expect([tool, ...prism.violations().slice(before)]).toEqual([tool, "request.body.title"]);
    }
  });

  it("come with a warning when an answer is not what the document allows", async () => {
    const liar = createServer((_, response) => {
      response.setHeader("content-type", "application/json");
      response.end('{"items":[{"id":"SF-1","status":"LOST"}],"nextCursor":null}');
    });
    liar.listen(0, "127.0.0.1");
    await once(liar, "listening");
    closing.push(async () => liar.close());
    const { port } = liar.address() as AddressInfo;
    const prism = await Prism.open(folder, `http://127.0.0.1:${port}`, await freePort());
    closing.push(() => prism.close());
    await fetch(`${prism.url}/requests`, { headers: { "x-api-key": "sf_any" } });
    expect(prism.violations()).toContain("response.body.items.0.status");
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
