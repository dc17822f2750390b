import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  connectPostgres,
  createLogger,
  type RunningServer,
  readConfig,
  serveOn,
} from "@serviceflow/server";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { chunk, RawConnection } from "./harness/raw-connection.ts";
import { serveWith } from "./harness/serve-with.ts";
import { serverSideOf } from "./harness/server-side.ts";
import { BOOTSTRAP_KEY, caller } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

const TOKEN = "a-token-for-metrics";
const SHORT = { headersTimeoutMs: 300, bodyTimeoutMs: 300, checkIntervalMs: 20 };
const CHUNKED = { "Transfer-Encoding": "chunked", "Content-Type": "application/json" };
const ENDPOINTS = ["/api/v1/requests", "/trpc/requests.create"];

let database: TestDatabase & { url: string };
let key: string;
let server: RunningServer;
const connections: RawConnection[] = [];

beforeAll(async () => {
  database = await freshPostgres();
  const first = await serveWith(database, {});
  const body = { fullName: "Ada Admin", email: "ada@example.com" };
  const headers = { "x-bootstrap-key": BOOTSTRAP_KEY };
  const made = await caller(fetch, `${first.url}/api/v1`)("POST", "/users", { body, headers });
  key = made.body.apiKey;
  await first.close();
});
afterEach(async () => {
  for (const { socket } of connections.splice(0)) socket.destroy();
  await server.close();
});
afterAll(() => database.drop());

async function serve(
  settings: Record<string, string> = {},
  limits: Parameters<typeof serveWith>[2] = {},
): Promise<void> {
  server = await serveWith(database, { AUTH_FAILURES_PER_MINUTE: "0", ...settings }, limits);
}

async function open(): Promise<RawConnection> {
  const connection = await RawConnection.open(server.url);
  connections.push(connection);
  return connection;
}

describe("a call that cannot be parsed", () => {
  // biome-ignore lint/suspicious/noExplicitAny: lines are asserted field by field
  const lines: any[] = [];
  const keep = (text: string) => {
    const line = JSON.parse(text);
    // Not what jobs in the background say.
    if (line.msg === "call") lines.push(line);
  };
  const SECRET = "Tuna-sandwich";
  const UMLAUT = Buffer.from(`GET /api/v1/requests?search=${SECRET}-ü HTTP/1.1\r\nHost: a\r\n\r\n`);
  const post = (headers: string, body = "") =>
    `POST /api/v1/requests HTTP/1.1\r\nHost: a\r\nX-API-Key: ${key}\r\n${headers}\r\n${body}`;
  const head = (line: string, ...headers: string[]) =>
    [`${line} HTTP/1.1`, ...headers, "", ""].join("\r\n");
  const CASES: [string, () => string | Buffer, number, string, string, RegExp][] = [
    ["no HTTP", () => "hello\r\n\r\n", 400, "malformed_request", "-", /method/],
    ["UTF-8 in the URL", () => UMLAUT, 400, "malformed_request", "GET", /%C3%BC/],
    ["an unknown method", () => head("BREW /", "Host: a"), 400, "malformed_request", "-", /method/],
    ["no Host", () => head("GET /api/v1/requests"), 400, "malformed_request", "GET", /Host/],
    [
      "two Hosts",
      () => head("GET /", "Host: a", "Host: b"),
      400,
      "malformed_request",
      "GET",
      /Host/,
    ],
    ["a bad Host", () => head("GET /", "Host: a/b"), 400, "malformed_request", "GET", /Host/],
    [
      "long headers",
      () => head("PATCH /", "Host: a", `X-Long: ${SECRET.repeat(20_000)}`),
      431,
      "headers_too_large",
      "PATCH",
      /16 KiB/,
    ],
    [
      "a long URL",
      () => head(`GET /${SECRET.repeat(2_000)}`, "Host: a"),
      431,
      "headers_too_large",
      "GET",
      /16 KiB/,
    ],
    [
      "a length and an encoding",
      () => post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      400,
      "malformed_request",
      "POST",
      /Content-Length/,
    ],
    [
      "two lengths",
      () => post("Content-Length: 1\r\nContent-Length: 2\r\n"),
      400,
      "malformed_request",
      "POST",
      /Content-Length/,
    ],
    [
      "a negative length",
      () => post("Content-Length: -1\r\n"),
      400,
      "malformed_request",
      "POST",
      /Content-Length/,
    ],
    [
      "a space before a colon",
      () => head("GET /", "Host : a"),
      400,
      "malformed_request",
      "GET",
      /header/,
    ],
    ["HTTP/2", () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed_request", "-", /1\.1/],
    ["TLS", () => Buffer.from("16030100c8010000c403", "hex"), 400, "malformed_request", "-", /TLS/],
    [
      "CONNECT",
      () => head("CONNECT a:1", "Host: a"),
      405,
      "method_not_allowed",
      "CONNECT",
      /proxy/,
    ],
    ["an end", () => "GET / HTTP/1.1\r\nHost", 408, "request_timeout", "-", /in time/],
  ];

  const serveLogged = async (settings: Record<string, string> = {}) => {
    lines.length = 0;
    const log = createLogger("info", false, { write: keep });
    const config = readConfig({ PORT: "0", METRICS_TOKEN: TOKEN, ...settings }, false);
    const db = connectPostgres({
      url: database.url,
      poolSize: 2,
      preparedStatements: true,
      log,
    });
    server = await serveOn(db, config, log, { ...SHORT, headersTimeoutMs: 1_000 });
    server.becomeReady();
  };
  const counted = async (code: string) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
    const line = new RegExp(`^serviceflow_refused_calls_total\\{code="${code}"\\} (\\d+)$`, "m");
    return Number(line.exec(text)?.[1] ?? 0);
  };
  const answerIn = (received: string) => {
    const [, status, headers = "", body = ""] =
      /^HTTP\/1\.1 (\d+) [^\r]*\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(received) ?? [];
    const pairs = headers.split("\r\n").map((line) => line.split(/: (.*)/, 2) as [string, string]);
    return { status: Number(status), headers: new Headers(pairs), body: JSON.parse(body) };
  };

  it("is answered as a problem, logged and counted like any other", async () => {
    await serveLogged();
    for (const [what, bytes, status, code, method, hint] of CASES) {
      const before = lines.length;
      const connection = await open();
      await connection.send(bytes());
      await connection.untilClosed();
      expect(connection.error, what).toBeNull();
      const answer = answerIn(connection.received);
      expect(answer.status, what).toBe(status);
      expect(answer.body, what).toMatchObject({
        type: `urn:serviceflow:error:${code}`,
        status,
        code,
        detail: expect.stringMatching(hint),
        requestId: answer.headers.get("x-request-id"),
      });
      expect(Object.fromEntries(answer.headers), what).toMatchObject({
        "content-type": "application/problem+json",
        "content-security-policy": expect.stringContaining("default-src 'none'"),
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        connection: "close",
      });
      await waitUntil("its line", () => lines.length > before);
      expect(lines.slice(before), what).toMatchObject([
        {
          msg: "call",
          requestId: answer.body.requestId,
          method,
          client: "127.0.0.1",
          status,
          code,
          responseBytes: connection.received.length,
        },
      ]);
    }
    for (const code of new Set(CASES.map(([, , , each]) => each))) {
      expect(await counted(code)).toBe(CASES.filter(([, , , each]) => each === code).length);
    }
    expect(JSON.stringify(lines)).not.toContain(SECRET);
  });

  it("because of its body has the line of its procedure, and one answer", async () => {
    await serveLogged();
    for (const [headers, body, status] of [
      ["Transfer-Encoding: chunked", "zz\r\n", 400],
      ["Transfer-Encoding: chunked", `1;${"a".repeat(20_000)}\r\n`, 413],
      ["Transfer-Encoding: gzip", "abc", 400],
    ] as const) {
      lines.length = 0;
      const connection = await open();
      await connection.send(post(`Content-Type: application/json\r\n${headers}\r\n`, body));
      await connection.untilClosed();
      const answer = answerIn(connection.received);
      expect(answer.status).toBe(status);
      await waitUntil("its line", () => lines.length > 0);
      expect(lines).toMatchObject([
        { procedure: "requests.create", requestId: answer.body.requestId, status },
      ]);
    }
  });

  it("does not take away the answer of the call before it", async () => {
    await serveLogged();
    const connection = await open();
    await connection.send(`${head("GET /health/live", "Host: a")}nonsense\r\n\r\n`);
    await connection.untilClosed();
    expect(connection.received).toMatch(
      /^HTTP\/1\.1 200 [\s\S]*"ok"\}HTTP\/1\.1 400 [\s\S]*malformed_request/,
    );

    const last = await open();
    await last.send(`${head("GET /health/live", "Host: a", "Connection: close")}nonsense\r\n\r\n`);
    await last.untilClosed();
    expect(last.received).toMatch(/^HTTP\/1\.1 200 [\s\S]*"ok"\}$/);

    const bodies = await open();
    await bodies.send(
      `${head("GET /health", "Host: a")}${post("Transfer-Encoding: chunked\r\n", "zz\r\n")}`,
    );
    await bodies.untilClosed();
    expect(bodies.received).toMatch(
      /^HTTP\/1\.1 200 [\s\S]*"postgres"\}HTTP\/1\.1 400 [\s\S]*hexadecimal/,
    );
  });

  it("does not count when nothing was sent", async () => {
    await serveLogged();
    const silent = await open();
    await silent.untilClosed();
    expect(silent.received).toBe("");
    expect(lines).toEqual([]);
    expect(await counted("request_timeout")).toBe(0);
  });

  it("fills neither the log nor the memory, but is counted", async () => {
    await serveLogged();
    for (let index = 0; index < 70; index += 1) {
      const connection = await open();
      await connection.send("hello\r\n\r\n");
      await connection.untilClosed();
    }
    expect(lines).toHaveLength(60);
    expect(await counted("malformed_request")).toBe(70);
  });

  it("is answered as well when its client has ended its side", async () => {
    await serveLogged();
    for (const bytes of [
      "GET / HTTP/1.1\r\nHost: a",
      "hello\r\n\r\n",
      head("CONNECT a:1", "Host: a"),
    ]) {
      const connection = await open();
      connection.socket.end(bytes);
      await connection.untilClosed();
      expect(answerIn(connection.received).body.code).toMatch(/^(malformed_re|method_not_al)/);
    }
  });

  it("can be reset by its client at any time", async () => {
    await serveLogged();
    for (const bytes of [head("CONNECT a:1", "Host: a"), "hello\r\n\r\n", head("GET /")]) {
      for (let round = 0; round < 20; round += 1) {
        const connection = await open();
        connection.socket.write(bytes);
        if (round % 2 === 0) await connection.until(/^HTTP/);
        connection.socket.resetAndDestroy();
        await connection.untilClosed();
      }
    }
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  });

  it("has the address of a client that resets the connection at once", async () => {
    await serveLogged();
    for (let round = 0; round < 10; round += 1) {
      const connection = await open();
      // Connections are accepted in turn.
      await fetch(`${server.url}/health/live`, { headers: { connection: "close" } });
      connection.socket.write("hello\r\n\r\n");
      connection.socket.resetAndDestroy();
      await connection.untilClosed();
    }
    await fetch(`${server.url}/health/live`);
    const known = lines.filter(({ client }) => client === "127.0.0.1");
    expect(known.length).toBeGreaterThan(0);
    expect(lines).toHaveLength(known.length);
  });

  it("ends nothing but itself when its client leaves between two answers and amid a body", async () => {
    await serve();
    const anonymous = [
      "POST /api/v1/requests HTTP/1.1",
      "Host: a",
      "Content-Type: application/json",
      "Content-Length: 23",
      "",
      "{",
    ].join("\r\n");
    const bytes = `${anonymous}"title":"Broken lamp"}${anonymous}`;
    for (let round = 0; round < 10; round += 1) {
      const connection = await open();
      connection.socket.write(bytes);
      setImmediate(() => connection.socket.resetAndDestroy());
      await connection.untilClosed();
    }
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  });

  it("may ask with an asterisk what the server allows, and expect what it does not know", async () => {
    await serveLogged();
    const asking = await open();
    await asking.send(head("OPTIONS *", "Host: a"));
    await asking.until(/^HTTP\/1\.1 204 [\s\S]*allow: GET, HEAD, POST[^\r]*OPTIONS/i);
    await asking.send(head("GET /health/live", "Host: a", "Expect: wonders"));
    await asking.until(/HTTP\/1\.1 200 [\s\S]*"ok"/);
    expect(lines).toMatchObject([{ msg: "call", method: "OPTIONS", status: 204 }]);
  });
});

describe("a client that is slow on purpose", () => {
  it("is cut when it never sends anything, or never ends its headers", async () => {
    await serve({}, SHORT);
    const silent = await open();
    const dripping = await open();
    await dripping.send("GET /health/live HTTP/1.1\r\nHost: test\r\nX-Slow: ");
    const drip = setInterval(() => dripping.socket.write("x"), 20);
    onTestFinished(() => clearInterval(drip));
    const begun = performance.now();
    await Promise.all([silent.untilClosed(), dripping.untilClosed()]);
    expect(dripping.received).toMatch(/^HTTP\/1\.1 408 /);
    // Node's own limit is a minute.
    expect(performance.now() - begun).toBeLessThan(45_000);
  });

  it("does not cost an idle connection, as a proxy keeps it", async () => {
    await serve({}, SHORT);
    const idle = await open();
    await idle.sendHead("GET /health/live");
    await idle.until(/"ok"/);
    const slow = await open();
    await slow.send("GET /");
    await slow.untilClosed();
    idle.received = "";
    await idle.sendHead("GET /health/live");
    await idle.until(/^HTTP\/1\.1 200 [\s\S]*"ok"/);
    expect(idle.received).toMatch(/Keep-Alive: timeout=75/i);
  });

  it("has the times that are configured", async () => {
    await serve({
      KEEP_ALIVE_TIMEOUT_SECONDS: "1",
      HEADERS_TIMEOUT_SECONDS: "1",
      BODY_TIMEOUT_SECONDS: "1",
      REQUEST_TIMEOUT_SECONDS: "2",
    });
    const [idle, slow, whole] = [await open(), await open(), await open()];
    await idle.sendHead("GET /health/live");
    await slow.send("GET /health/live HTTP/1.1\r\n");
    const body = { ...CHUNKED, "X-API-Key": key };
    await whole.sendHead("POST /api/v1/requests", body);
    await Promise.all([idle, slow, whole].map((each) => each.untilClosed()));
    expect(idle.received).toMatch(/Keep-Alive: timeout=1/i);
    expect(slow.received).toMatch(/^HTTP\/1\.1 408 /);
    expect(whole.received).toMatch(/^HTTP\/1\.1 408 [\s\S]*within 1 s/);
  });

  it.each(
    ENDPOINTS.flatMap((path) => [
      { path, way: "in chunks", headers: CHUNKED },
      { path, way: "by its length", headers: { ...CHUNKED, "Content-Length": "1000" } },
    ]),
  )("is cut when its body to $path comes too slowly, $way", async ({ path, headers, way }) => {
    await serve({}, SHORT);
    const slow = await open();
    const { "Transfer-Encoding": coding, ...others } = headers;
    const isChunked = way === "in chunks";
    await slow.sendHead(`POST ${path}`, {
      ...(isChunked ? { "Transfer-Encoding": coding } : {}),
      ...others,
      "X-API-Key": key,
    });
    const drip = setInterval(() => slow.socket.write(isChunked ? chunk(" ") : " "), 20);
    onTestFinished(() => clearInterval(drip));
    await slow.until(/^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/);
    expect(slow.received).toMatch(/connection: close/i);
    await slow.untilClosed();
  });

  it.each(ENDPOINTS)("is answered at once at %s when it has no key, and cut", async (path) => {
    await serve();
    const keyless = await open();
    await keyless.sendHead(`POST ${path}`, CHUNKED);
    await keyless.send(chunk('{"title": "'));
    await keyless.until(/^HTTP\/1\.1 401 [\s\S]*"code":"unauthenticated"/);
    expect(keyless.received).toMatch(/connection: close/i);
    await keyless.untilClosed();
  });
});

describe("an answer that nobody reads", () => {
  // More than the buffers of two sockets on one machine take.
  const ANSWERS = 16;
  const asked = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: test\r\n\r\n".repeat(ANSWERS);

  it("is cut, though its sender needs no key", async () => {
    await serve({}, { ...SHORT, maxStalledMs: 300 });
    const reader = await open();
    reader.socket.pause();
    const coming = serverSideOf("/docs/swagger-ui-bundle.js");
    await reader.send(asked);
    const { socket } = await waitFor("the call", coming);
    await waitFor("the server to close", once(socket, "close"));
    expect(socket.writableLength).toBe(0);
  });

  it("is not cut while it is read, however slowly, and leaves an idle connection", async () => {
    await serve({}, { ...SHORT, maxStalledMs: 300 });
    const { headers } = await fetch(`${server.url}/docs/swagger-ui-bundle.js`, {
      headers: { "accept-encoding": "identity" },
    });
    const size = Number(headers.get("content-length")) * ANSWERS;
    const reader = await open();
    reader.socket.on("data", () => reader.socket.pause());
    const sip = setInterval(() => reader.socket.resume(), 1);
    onTestFinished(() => clearInterval(sip));
    await reader.send(asked);
    await waitUntil("all of them", () => reader.socket.bytesRead > size);
    reader.received = "";
    await reader.sendHead("GET /health/live");
    await reader.until(/HTTP\/1\.1 200 [\s\S]*"ok"/);
  });
});

describe("calls that are sent before the answers to others are read", () => {
  const CALLS = 3_000;
  const call = (index: number) => `OPTIONS * HTTP/1.1\r\nHost: a\r\nX-Call: ${index}\r\n\r\n`;
  const post = "POST /api/v1/requests HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";

  /** How many calls of one connection have no complete answer, and began before others had their turn, at most. */
  const watched = () => {
    const seen = { unanswered: 0, highest: 0, inTurn: 0, mostInTurn: 0, order: [] as string[] };
    const onStart = (message: unknown) => {
      const { request, response } = message as {
        request: IncomingMessage;
        response: ServerResponse;
      };
      if (request.url === "/health/live") return;
      seen.unanswered += 1;
      seen.highest = Math.max(seen.highest, seen.unanswered);
      if (seen.inTurn === 0) setImmediate(() => Object.assign(seen, { inTurn: 0 }));
      seen.inTurn += 1;
      seen.mostInTurn = Math.max(seen.mostInTurn, seen.inTurn);
      response.once("finish", () => {
        seen.unanswered -= 1;
        seen.order.push(String(request.headers["x-call"] ?? ""));
      });
    };
    subscribe("http.server.request.start", onStart);
    onTestFinished(() => void unsubscribe("http.server.request.start", onStart));
    return seen;
  };
  const isLive = async () => (await fetch(`${server.url}/health/live`)).status === 200;
  // Those that wait, and what one piece brings.
  const BOUND = 16 + 2048 / 40;

  it("are few, and all answered in order when it reads", async () => {
    await serve();
    const seen = watched();
    const sender = await open();
    const calls = Array.from({ length: CALLS }, (_, index) => call(index)).join("");
    sender.socket.write(calls);
    expect(await isLive()).toBe(true);
    await waitUntil("all answers", () => seen.order.length === CALLS);
    expect(seen.order).toEqual(Array.from({ length: CALLS }, (_, index) => String(index)));
    expect(seen.highest).toBeLessThanOrEqual(BOUND);
    await sender.sendHead("GET /health/live");
    await sender.until(/"ok"/);
    expect(sender.received.match(/HTTP\/1\.1 204 /g)).toHaveLength(CALLS);
  });

  it("are few at a time when they have bodies, and others are answered meanwhile", async () => {
    await serve();
    const seen = watched();
    const sender = await open();
    sender.socket.write(post.repeat(400));
    await waitUntil("some calls", () => seen.order.length > 20);
    expect(await isLive()).toBe(true);
    await waitUntil("all answers", () => seen.order.length === 400);
    expect(seen.mostInTurn).toBeLessThanOrEqual(BOUND);
    expect(seen.highest).toBeLessThanOrEqual(BOUND);
    await waitUntil(
      "all of them to arrive",
      () => sender.received.match(/HTTP\/1\.1 401 /g)?.length === 400,
    );
  });

  it("are not even read while nobody reads the answers", async () => {
    await serve();
    const seen = watched();
    const coming = serverSideOf("/docs/swagger-ui-bundle.js");
    const sender = await open();
    sender.socket.pause();
    const asked = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n";
    sender.socket.write(asked.repeat(40_000));
    const { socket } = await waitFor("the first call", coming);
    await waitUntil("neither side to read", () => socket.isPaused() && socket.writableLength > 0);
    expect(await isLive()).toBe(true);
    expect(socket.bytesRead).toBeLessThan(512 * 1024);
    expect(seen.highest).toBeLessThanOrEqual(BOUND);
  });
});

describe("a body", () => {
  it.each(
    ENDPOINTS.flatMap((path) => [
      { path, headers: CHUNKED },
      { path, headers: { "Content-Type": "application/json", "Content-Length": "200000" } },
    ]),
  )("is not read at $path before its sender is known: $headers", async ({ path, headers }) => {
    await serve();
    const lock = new pg.Client(database.url);
    await lock.connect();
    onTestFinished(() => lock.end());
    await lock.query("begin");
    await lock.query("lock table api_keys in access exclusive mode");

    const coming = serverSideOf(path);
    const sender = await open();
    await sender.sendHead(`POST ${path}`, { ...headers, "X-API-Key": key });
    const incoming = await waitFor("the call", coming);
    const isChunked = "Transfer-Encoding" in headers;
    const title = "x".repeat(199_988);
    const [start, end] = [`{"title":"`, `"}`];
    sender.socket.write(isChunked ? chunk(start) + chunk(title) + chunk(end) : start + title + end);
    const waitsForLock = async () => {
      const { rows } = await lock.query(
        "select 1 from pg_locks where not granted and relation = 'api_keys'::regclass",
      );
      return rows.length > 0;
    };
    await waitUntil("authentication to wait", waitsForLock);
    await waitUntil("the body to fill its buffer", () => incoming.readableLength > 0);
    expect(incoming.readableDidRead).toBe(false);
    expect(incoming.readableFlowing).toBeNull();

    await lock.query("rollback");
    if (isChunked) await sender.send("0\r\n\r\n");
    await sender.until(/^HTTP\/1\.1 422 [\s\S]*"pointer":"\/title"/);
  });

  it.each(ENDPOINTS)("in chunks without a key is never read at %s", async (path) => {
    await serve();
    const flood = await open();
    const coming = serverSideOf(path);
    await flood.sendHead(`POST ${path}`, CHUNKED);
    const { socket } = await waitFor("the call", coming);
    const piece = chunk("x".repeat(64 * 1024));
    while (!flood.isClosed) {
      if (flood.socket.write(piece)) continue;
      await Promise.race([once(flood.socket, "drain"), flood.untilClosed()]).catch(() => {});
    }
    // What the limit lets through, and what one read from a socket takes.
    expect(socket.bytesRead).toBeLessThan(1024 * 1024 + 256 * 1024);
  });
});

describe("a client that asks before it sends its body", () => {
  const expecting = { ...CHUNKED, Expect: "100-continue" };

  it.each(ENDPOINTS)("is refused at %s without a key, and asked for nothing", async (path) => {
    await serve();
    const keyless = await open();
    await keyless.sendHead(`POST ${path}`, expecting);
    await keyless.untilClosed();
    expect(keyless.received).toMatch(/^HTTP\/1\.1 401 [\s\S]*connection: close[\s\S]*\}/i);
  });

  it.each(ENDPOINTS)(
    "is refused at %s when it is too large, and asked for nothing",
    async (path) => {
      await serve();
      const sender = await open();
      const { "Transfer-Encoding": _, ...headers } = expecting;
      const length = { "Content-Length": "1000000", "X-API-Key": key };
      await sender.sendHead(`POST ${path}`, { ...headers, ...length });
      await sender.untilClosed();
      expect(sender.received).toMatch(/^HTTP\/1\.1 413 /);
    },
  );

  it.each(ENDPOINTS)("is asked for it at %s once it is known", async (path) => {
    await serve();
    const sender = await open();
    await sender.sendHead(`POST ${path}`, { ...expecting, "X-API-Key": key });
    await sender.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    await sender.send(`${chunk('{"title":"Asked for"}')}0\r\n\r\n`);
    await sender.until(/HTTP\/1\.1 20[01] [\s\S]*Asked for/);
  });
});

describe("a body that is refused", () => {
  const big = JSON.stringify({ title: "x".repeat(900_000) });
  const withKey = () => ({ "X-API-Key": key });
  const length = { "Content-Type": "application/json", "Content-Length": String(big.length) };

  it.each([
    ["too large by its length", 413, () => ({ ...length, ...withKey() })],
    ["too large in chunks", 413, () => ({ ...CHUNKED, ...withKey() })],
    ["without a key", 401, () => CHUNKED],
    // REST reads the type only of a body that is small enough.
    ["of another type", 415, () => ({ ...CHUNKED, "Content-Type": "text/plain", ...withKey() })],
  ])(
    "%s is discarded, so that its sender can read the answer later: %i",
    async (_, status, headers) => {
      await serve();
      for (const path of status === 415 ? ENDPOINTS.slice(1) : ENDPOINTS) {
        const coming = serverSideOf(path);
        const sender = await open();
        sender.socket.pause();
        await sender.sendHead(`POST ${path}`, headers());
        const { socket } = await waitFor("the call", coming);
        const closed = once(socket, "close");
        await sender.send("Transfer-Encoding" in headers() ? `${chunk(big)}0\r\n\r\n` : big);
        // Only now does it look at what came.
        await waitFor("the server to close", closed);
        sender.socket.resume();
        await sender.untilClosed();
        expect(sender.error).toBeNull();
        expect(sender.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
        expect(sender.received).toMatch(/connection: close/i);
        expect(sender.received).toMatch(/\}$/);
      }
    },
  );

  it.each([
    ["has not come whole", "unauthenticated", {}, chunk('{"0":')],
    [
      "comes after its headers",
      "A late body",
      withKey,
      `${chunk('{"0":{"title":"A late body"}}')}0\r\n\r\n`,
    ],
  ])("of a streamed batch that %s has an answer of one length: %s", async (_, words, as, body) => {
    await serve();
    const path = "/trpc/requests.create?batch=1";
    const coming = serverSideOf(path);
    const sender = await open();
    const headers = typeof as === "function" ? as() : as;
    await sender.sendHead(`POST ${path}`, {
      ...CHUNKED,
      "Trpc-Accept": "application/jsonl",
      ...headers,
    });
    await waitFor("the call", coming);
    await sender.send(body);
    const [head] = await sender.until(new RegExp(`^[\\s\\S]*${words}`));
    expect(head).toMatch(/^content-length: \d+/im);
    expect(head).not.toMatch(/^transfer-encoding/im);
    expect(/^connection: close/im.test(head)).toBe(words === "unauthenticated");
  });

  it("leaves its connection open when little of it was left", async () => {
    await serve();
    const sender = await open();
    const body = JSON.stringify({ title: "x".repeat(100_000) });
    const headers = { "Content-Type": "application/json", "Content-Length": String(body.length) };
    await sender.sendHead("POST /api/v1/requests", headers);
    await sender.until(/^HTTP\/1\.1 401 [\s\S]*\}$/);
    expect(sender.received).not.toMatch(/connection: close/i);
    await sender.send(body);
    sender.received = "";
    await sender.sendHead("GET /health/live");
    await sender.until(/^HTTP\/1\.1 200 [\s\S]*"ok"/);
  });
});

it("no more connections are open than configured", async () => {
  await serve({ MAX_CONNECTIONS: "2" });
  const kept = [await open(), await open()];
  for (const connection of kept) {
    await connection.sendHead("GET /health/live");
    await connection.until(/^HTTP\/1\.1 200 /);
  }
  const other = await open();
  await other.untilClosed();
  expect(other.received).toBe("");
  kept[0]?.socket.destroy();
  const isAccepted = async () => {
    const next = await open();
    await next.sendHead("GET /health/live");
    await waitUntil("an answer or the end", () => next.isClosed || next.received !== "");
    return next.received !== "";
  };
  await waitUntil("a place to be free", isAccepted);
});
