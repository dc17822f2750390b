import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { createLogger, type RunningServer, readConfig, serveOn } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { Collector, type ReceivedSpan } from "./harness/collector.ts";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { EventReader } from "./harness/event-reader.ts";
import { interposed } from "./harness/interposed.ts";
import { addPeople } from "./harness/people.ts";
import { Receiver } from "./harness/receiver.ts";
import { BOOTSTRAP_KEY, caller, type Person, type TestApp } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const TOKEN = "collector-token-that-nobody-should-read";
/** What nobody may find in a trace. */
const CANARIES = [
  "Tuna sandwich",
  "floorboards",
  "canary-agent",
  "canary.example",
  TOKEN,
  BOOTSTRAP_KEY,
];

// biome-ignore lint/suspicious/noExplicitAny: lines are asserted field by field
type Line = any;

interface Traced {
  server: RunningServer;
  collector: Collector;
  call: TestApp["call"];
  lines: Line[];
}

let database: TestDatabase & { url: string };
let admin: Person;
let agent: Person;
let main: Traced;

async function open(
  settings: Record<string, string> = {},
  { collector, does = {} }: { collector?: Collector; does?: Parameters<typeof interposed>[1] } = {},
): Promise<Traced> {
  const at = collector ?? (await Collector.open());
  const lines: Line[] = [];
  const log = createLogger("info", false, { write: (line) => void lines.push(JSON.parse(line)) });
  const config = readConfig(
    {
      PORT: "0",
      DATABASE_URL: database.url,
      ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
      RATE_LIMIT_PER_MINUTE: "0",
      WEBHOOK_ALLOW_HTTP: "true",
      WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8",
      METRICS_TOKEN: TOKEN,
      OTEL_EXPORTER_OTLP_ENDPOINT: at.url,
      OTEL_BSP_SCHEDULE_DELAY: "50",
      ...settings,
    },
    false,
  );
  // Several servers in turn use the database.
  const db = { ...interposed(database.db, does), close: async () => {} };
  const server = await serveOn(db, config, log);
  server.becomeReady();
  return { server, collector: at, call: caller(fetch, `${server.url}/api/v1`), lines };
}

async function close({ server, collector }: Traced): Promise<void> {
  await server.close();
  await collector.close();
}

const traceparent = (flags = "01", traceId = TRACE) => ({
  traceparent: `00-${traceId}-${SPAN}-${flags}`,
});
const newTraceId = () => crypto.randomUUID().replaceAll("-", "");

beforeAll(async () => {
  database = await freshPostgres();
  main = await open({
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${TOKEN}`,
    OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
    OTEL_SERVICE_NAME: "helpdesk",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test,service.name=other",
  });
  const people = await addPeople(main.server.url);
  admin = people.admin;
  agent = people.agents[0] as Person;
  CANARIES.push(admin.key, agent.key, agent.fullName);
});
afterAll(async () => {
  await close(main);
  await database.drop();
});

/** What a trace is, as a tree of kinds and names. */
function treeOf(spans: ReceivedSpan[], parent: string | null): object {
  const children = spans.filter((span) => span.parent === parent);
  return Object.fromEntries(
    children.map((span) => [`${span.kind} ${span.name}`, treeOf(spans, span.spanId)]),
  );
}

const server = (spans: ReceivedSpan[]) => spans.find(({ kind }) => kind === "SERVER");
const procedures = (spans: ReceivedSpan[]) => spans.filter(({ kind }) => kind === "INTERNAL");

/** The spans of one call, once its HTTP span has come, which ends last. */
async function traceOf(traced: Traced, traceId: string): Promise<ReceivedSpan[]> {
  await traced.collector.until(
    `the trace ${traceId}`,
    (span) => span.traceId === traceId && span.kind === "SERVER",
  );
  return traced.collector.trace(traceId);
}

describe("a trace", () => {
  it("goes from the caller's span through call, procedure and statements", async () => {
    const made = await main.call("POST", "/requests", {
      as: agent,
      body: { title: "Tuna sandwich", description: "under the floorboards" },
      headers: {
        ...traceparent(),
        tracestate: "vendor=opaque",
        "user-agent": "canary-agent",
        "x-forwarded-for": "203.0.113.77",
      },
    });
    expect(made.status).toBe(201);
    const spans = await traceOf(main, TRACE);
    expect(treeOf(spans, SPAN)).toEqual({
      "SERVER POST /api/v1/requests": {
        "INTERNAL requests.create": {
          "CLIENT SELECT api_key_by_hash": {},
          "CLIENT SELECT load_request_filing": {},
          "CLIENT INSERT write_request_insert_1": {},
        },
      },
    });
    const [http, procedure] = [server(spans), procedures(spans)[0]];
    const requestId = made.headers.get("x-request-id");
    expect(http).toMatchObject({ isError: false, statusMessage: "", traceState: "vendor=opaque" });
    expect(http?.attributes).toEqual({
      "http.request.method": "POST",
      "http.route": "/api/v1/requests",
      "http.response.status_code": 201,
      "url.path": "/api/v1/requests",
      "url.scheme": "http",
      "network.protocol.name": "http",
      "network.protocol.version": "1.1",
      "serviceflow.request_id": requestId,
    });
    expect(procedure?.attributes).toEqual({
      "serviceflow.procedure": "requests.create",
      "serviceflow.transport": "rest",
      "serviceflow.role": "AGENT",
      "serviceflow.key.id": expect.stringMatching(/^key_/),
    });
    const { hostname, port, pathname } = new URL(database.url);
    for (const statement of spans.filter(({ kind }) => kind === "CLIENT")) {
      expect(statement.attributes).toEqual({
        "db.system.name": "postgresql",
        "db.namespace": pathname.slice(1),
        "db.operation.name": statement.name.split(" ")[0],
        "db.query.summary": statement.name,
        "server.address": hostname,
        "server.port": Number(port),
      });
      expect(statement.durationNs).toBeGreaterThan(0n);
    }
    expect(http?.resource).toMatchObject({
      "service.name": "helpdesk",
      "service.version": expect.stringMatching(/^\d+\./),
      "service.instance.id": expect.stringMatching(/^[0-9a-f-]{36}$/),
      "deployment.environment.name": "test",
      "telemetry.sdk.language": "nodejs",
    });
    expect(main.lines.find((line) => line.requestId === requestId)).toMatchObject({
      msg: "call",
      traceId: TRACE,
    });
    expect(main.collector.requests[0]).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      "content-type": "application/x-protobuf",
    });
  });

  it("begins here without a caller's, and its id is that of the log", async () => {
    const { headers } = await main.call("GET", "/users/me", { as: agent });
    const isIts = ({ requestId }: Line) => requestId === headers.get("x-request-id");
    await waitUntil("the line", () => main.lines.some(isIts));
    const { traceId } = main.lines.find(isIts);
    const spans = await traceOf(main, traceId);
    expect(server(spans)).toMatchObject({ name: "GET /api/v1/users/me", parent: null });
    expect(procedures(spans)).toMatchObject([{ name: "users.me" }]);
  });

  it("has one HTTP span for a batch over tRPC, and one for each of its procedures", async () => {
    const traceId = newTraceId();
    const url = `${main.server.url}/trpc/users.me,apiKeys.current,requests.get?batch=1`;
    const input = encodeURIComponent(JSON.stringify({ 2: { id: "SF-4711" } }));
    await fetch(`${url}&input=${input}`, {
      headers: { "x-api-key": agent.key, ...traceparent("01", traceId) },
    }).then((response) => response.text());
    const spans = await traceOf(main, traceId);
    const http = server(spans);
    expect(http).toMatchObject({
      name: "GET /trpc/{procedure}",
      isError: false,
      attributes: { "http.response.status_code": 207, "http.route": "/trpc/{procedure}" },
    });
    expect(
      procedures(spans).map(({ name, parent, attributes, isError }) => [
        name,
        parent === http?.spanId,
        attributes["error.type"],
        isError,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ["users.me", true, undefined, false],
        ["apiKeys.current", true, undefined, false],
        ["requests.get", true, "not_found", false],
      ]),
    );
  });

  it("shows a refusal by its code, without an error, and the path as a template alone", async () => {
    const traceId = newTraceId();
    const headers = traceparent("01", traceId);
    await main.call("GET", "/requests/SF-987654", { as: agent, headers });
    const spans = await traceOf(main, traceId);
    expect(server(spans)).toMatchObject({
      name: "GET /api/v1/requests/{id}",
      isError: false,
      attributes: {
        "url.path": "/api/v1/requests/{id}",
        "http.response.status_code": 404,
      },
    });
    expect(procedures(spans)[0]).toMatchObject({
      isError: false,
      attributes: { "error.type": "not_found" },
    });
    const unknown = newTraceId();
    await main.call("PATCH", "/sf-pasted/floorboards?q=Tuna sandwich", {
      headers: traceparent("01", unknown),
    });
    const [span, ...others] = await traceOf(main, unknown);
    expect(others).toEqual([]);
    expect(span?.name).toBe("PATCH");
    expect(span?.attributes).not.toHaveProperty(["url.path"]);
    expect(span?.attributes).not.toHaveProperty(["http.route"]);
  });

  it("marks what fails by the database, with its SQLSTATE and no words", async () => {
    const failing = await open(
      {},
      {
        does: {
          before(statement) {
            if (statement !== "write_request_insert_1") return;
            const error = new Error('duplicate key "Tuna sandwich"');
            throw Object.assign(error, { code: "53100" });
          },
        },
      },
    );
    onTestFinished(() => close(failing));
    const traceId = newTraceId();
    const answer = await failing.call("POST", "/requests", {
      as: agent,
      body: { title: "Fails" },
      headers: traceparent("01", traceId),
    });
    expect(answer.status).toBe(503);
    const spans = await traceOf(failing, traceId);
    expect(server(spans)).toMatchObject({
      isError: true,
      attributes: { "http.response.status_code": 503, "error.type": "unavailable" },
    });
    expect(procedures(spans)[0]).toMatchObject({
      isError: true,
      attributes: { "error.type": "unavailable" },
    });
    expect(spans.find(({ name }) => name === "INSERT write_request_insert_1")).toMatchObject({
      isError: true,
      statusMessage: "",
      attributes: { "db.response.status_code": "53100", "error.type": "53100" },
    });
    expect(failing.collector.text).not.toContain("Tuna");
  });

  it("of a stream of events ends when it has opened", async () => {
    const traceId = newTraceId();
    const reader = await EventReader.open(main.server.url, agent, "", traceparent("01", traceId));
    const spans = await traceOf(main, traceId);
    expect(server(spans)).toMatchObject({
      name: "GET /api/v1/events/stream",
      attributes: { "serviceflow.stream": true, "http.response.status_code": 200 },
    });
    // What it polls from then on belongs to nobody's call.
    await main.call("POST", "/requests", { as: agent, body: { title: "Streamed" } });
    while (!(await reader.block())?.data?.includes("Streamed"));
    await reader.close();
    const other = newTraceId();
    await main.call("GET", "/users/me", { as: agent, headers: traceparent("01", other) });
    await traceOf(main, other);
    expect(main.collector.trace(traceId)).toHaveLength(spans.length);
  });

  it("of a client that has left says so", async () => {
    const traceId = newTraceId();
    const socket = connect(Number(new URL(main.server.url).port), "127.0.0.1");
    const body = JSON.stringify({ title: "Never arrives" });
    socket.write(
      `POST /api/v1/requests HTTP/1.1\r\nHost: a\r\nX-API-Key: ${agent.key}\r\nContent-Type: application/json\r\n` +
        `traceparent: ${traceparent("01", traceId).traceparent}\r\nContent-Length: ${body.length + 1}\r\n\r\n${body}`,
      () => socket.destroy(),
    );
    expect(server(await traceOf(main, traceId))?.attributes).toMatchObject({
      "serviceflow.aborted": true,
    });
  });

  it("of health checks, metrics and the documentation there is none, nor of work in the background", async () => {
    const before = main.collector.spans.length;
    for (const path of ["/health", "/health/ready", "/metrics", "/openapi.json", "/docs", "/"]) {
      await fetch(`${main.server.url}${path}`, {
        redirect: "manual",
        headers: { authorization: `Bearer ${TOKEN}`, ...traceparent("01", newTraceId()) },
      }).then((response) => response.text());
    }
    const traceId = newTraceId();
    await main.call("GET", "/users/me", { as: agent, headers: traceparent("01", traceId) });
    const spans = await traceOf(main, traceId);
    expect(main.collector.spans.slice(before).filter((span) => !spans.includes(span))).toEqual([]);
    const roots = main.collector.spans.filter(({ parent }) => parent === null);
    expect(new Set(roots.map(({ kind }) => kind))).toEqual(new Set(["SERVER"]));
  });
});

describe("a webhook's delivery", () => {
  it("is a trace of its own that names and links the call that caused it, and goes on at the receiver", async () => {
    await allSealed(database.db);
    const receiver = await Receiver.open();
    onTestFinished(() => receiver.close());
    let answered = 0;
    receiver.answer = (response) => {
      answered += 1;
      response.writeHead(answered === 1 ? 500 : 204).end();
    };
    const hook = await main.call("POST", "/webhooks", {
      as: admin,
      body: { url: `${receiver.url}/canary.example`, eventTypes: ["request.created"] },
    });
    CANARIES.push(hook.body.secret);
    const traceId = newTraceId();
    const made = await main.call("POST", "/requests", {
      as: agent,
      body: { title: "Tuna sandwich again" },
      headers: traceparent("01", traceId),
    });
    const requestId = made.headers.get("x-request-id");
    const cause = server(await traceOf(main, traceId));
    const isIts = ({ kind, attributes }: ReceivedSpan) =>
      kind === "PRODUCER" && attributes["serviceflow.request_id"] === requestId;
    const [attempt] = (await main.collector.until("the attempt", isIts)) as [ReceivedSpan];
    expect(attempt).toMatchObject({
      name: "webhook attempt",
      parent: null,
      isError: true,
      links: [{ traceId, spanId: cause?.spanId }],
      attributes: {
        "serviceflow.webhook.id": hook.body.id,
        "serviceflow.event.type": "request.created",
        "serviceflow.attempt": 1,
        "serviceflow.outcome": "retried",
        "error.type": "500",
      },
    });
    expect(attempt.traceId).not.toBe(traceId);
    const spans = main.collector.trace(attempt.traceId);
    expect(treeOf(spans, null)).toEqual({
      "PRODUCER webhook attempt": {
        "CLIENT POST": {},
        "CLIENT UPDATE webhook_finish": {},
      },
    });
    const post = spans.find(({ name }) => name === "POST");
    expect(post?.attributes).toEqual({
      "http.request.method": "POST",
      "http.response.status_code": 500,
      "server.address": "127.0.0.1",
      "server.port": Number(new URL(receiver.url).port),
      "url.scheme": "http",
      "error.type": "500",
    });
    expect(receiver.messages[0]?.headers.traceparent).toBe(
      `00-${post?.traceId}-${post?.spanId}-01`,
    );
  });
});

describe("sampling", () => {
  it("follows the caller's flag, and sends nothing for a caller that is not traced", async () => {
    const off = newTraceId();
    const receiver = await main.call("GET", "/users/me", {
      as: agent,
      headers: traceparent("00", off),
    });
    expect(receiver.status).toBe(200);
    const on = newTraceId();
    await main.call("GET", "/users/me", { as: agent, headers: traceparent("01", on) });
    await traceOf(main, on);
    expect(main.collector.trace(off)).toEqual([]);
    // The log names it all the same.
    expect(main.lines.some((line) => line.traceId === off)).toBe(true);
  });

  it("of a part takes the same traces everywhere, and nothing of the others", async () => {
    const traced = await open({
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.5",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    });
    onTestFinished(() => close(traced));
    const [few, many] = [`${"0".repeat(31)}1`, `${"f".repeat(31)}1`.replace(/^f{8}/, "0f0f0f0f")];
    for (const traceId of [few, many]) {
      const headers = traceparent("01", traceId);
      await traced.call("GET", "/users/me", { as: agent, headers });
    }
    expect(treeOf(await traceOf(traced, few), SPAN)).toMatchObject({
      "SERVER GET /api/v1/users/me": { "INTERNAL users.me": {} },
    });
    await traced.server.close();
    expect(traced.collector.trace(many)).toEqual([]);
    expect(traced.collector.faults).toEqual([]);
    expect(traced.collector.requests[0]).toMatchObject({ "content-type": "application/json" });
  });

  it("that is off exports nothing at all", async () => {
    const traced = await open({ OTEL_TRACES_SAMPLER: "always_off" });
    onTestFinished(() => traced.collector.close());
    await traced.call("GET", "/users/me", { as: agent, headers: traceparent() });
    await traced.server.close();
    expect(traced.collector.requests).toEqual([]);
  });
});

describe("a collector", () => {
  const metric = async ({ server }: Traced, outcome: string) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
    const line = new RegExp(
      `^serviceflow_trace_spans_total\\{outcome="${outcome}"\\} (\\d+)$`,
      "m",
    );
    return Number(line.exec(text)?.[1] ?? 0);
  };
  const warnings = ({ lines }: Traced) => lines.filter(({ level }) => level === "warn");

  it("gets everything before the server ends, and what came is counted", async () => {
    const traced = await open({ OTEL_BSP_SCHEDULE_DELAY: "60000" });
    const traceId = newTraceId();
    await traced.call("GET", "/users/me", { as: agent, headers: traceparent("01", traceId) });
    expect(traced.collector.spans).toEqual([]);
    await traced.server.close();
    expect(server(traced.collector.trace(traceId))).toBeDefined();
    await traced.collector.close();
  });

  it("that refuses loses spans, which are counted and said once, and never a call", async () => {
    const traced = await open();
    onTestFinished(() => close(traced));
    traced.collector.answer = (response) => response.writeHead(401).end(TOKEN);
    for (let index = 0; index < 3; index += 1) {
      expect((await traced.call("GET", "/users/me", { as: agent })).status).toBe(200);
      await waitUntil("a refusal", async () => (await metric(traced, "refused")) > index * 3);
    }
    expect(warnings(traced)).toMatchObject([
      { msg: "traces are lost: the collector refuses them", status: 401 },
    ]);
    expect(JSON.stringify(traced.lines)).not.toContain(TOKEN);
    // Field 1, partial_success, with 2 in its field 1, rejected_spans.
    traced.collector.answer = (response) =>
      response
        .writeHead(200, { "content-type": "application/x-protobuf" })
        .end(Buffer.from([0x0a, 2, 8, 2]));
    const before = await metric(traced, "refused");
    await traced.call("GET", "/users/me", { as: agent });
    await waitUntil("some to be exported", async () => (await metric(traced, "exported")) > 0);
    expect((await metric(traced, "refused")) - before).toBe(2);
  });

  it("that answers late gets what fits into the queue, and the rest is counted", async () => {
    const traced = await open({ OTEL_BSP_MAX_QUEUE_SIZE: "10" });
    onTestFinished(() => traced.collector.close());
    const held: ServerResponse[] = [];
    traced.collector.answer = (response) => held.push(response);
    await traced.call("GET", "/users/me", { as: agent });
    await waitUntil("the first export", () => held.length === 1);
    const calls = Array.from({ length: 20 }, () => traced.call("GET", "/users/me", { as: agent }));
    expect((await Promise.all(calls)).every(({ status }) => status === 200)).toBe(true);
    expect(await metric(traced, "queue_full")).toBeGreaterThan(20);
    expect(held).toHaveLength(1);
    expect(warnings(traced)).toMatchObject([{ msg: expect.stringContaining("faster") }]);
    const began = performance.now();
    // It never answers, and holds up the end for as long as is allowed.
    await waitFor("the server to end", traced.server.close());
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(warnings(traced)).toHaveLength(2);
  });

  it("that is away gets what waited once it is back", async () => {
    const first = await Collector.open();
    const traced = await open({}, { collector: first });
    const port = Number(new URL(first.url).port);
    await first.close();
    const traceId = newTraceId();
    await traced.call("GET", "/users/me", { as: agent, headers: traceparent("01", traceId) });
    const second = await Collector.open(port);
    onTestFinished(() => second.close());
    expect(await traceOf({ ...traced, collector: second }, traceId)).not.toEqual([]);
    await traced.server.close();
  });
});

it("leaves no text of people, no secret and no address in what is exported", () => {
  expect(main.collector.faults).toEqual([]);
  expect(main.collector.spans.length).toBeGreaterThan(30);
  expect(JSON.stringify(main.lines)).not.toContain(TOKEN);
  for (const canary of [...CANARIES, "203.0.113.77"]) {
    expect(main.collector.text).not.toContain(canary);
  }
});
