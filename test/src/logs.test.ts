import { formatApiKey } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { freshPostgres } from "./harness/databases.ts";
import { EventReader } from "./harness/event-reader.ts";
import { RawConnection } from "./harness/raw-connection.ts";
import { runSql } from "./harness/raw-sql.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY, caller, type Person, type TestApp } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";

const SECRET_TEXT = "Tuna sandwich under the floorboards";
const SECRET_HEADER = "header-that-nobody-should-read";
const WRONG_KEY = `sf_${"0".repeat(43)}notcrc`;
const UNKNOWN_KEY = formatApiKey(new Uint8Array(32));

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
/** No id of a resource is in it. */
const TEMPLATE = /^\/api\/v1(\/[a-z-]+|\/\{id\})+$/;

let database: Awaited<ReturnType<typeof freshPostgres>>;
let server: ServerProcess;
let call: TestApp["call"];
let admin: Person;
let sent = 0;
/** All that must never be seen. */
const secrets = new Set([BOOTSTRAP_KEY, SECRET_TEXT, SECRET_HEADER, WRONG_KEY, UNKNOWN_KEY]);

interface Line {
  msg: string;
  requestId: string;
  clientRequestId: string;
  transport: string;
  procedure: string;
  method: string;
  path: string;
  client: string;
  caller: string | null;
  key: string | null;
  status: number;
  responseBytes: number;
  code?: string;
  durationMs: number;
  level: string;
  time: string;
  traceId: string;
}

beforeAll(async () => {
  database = await freshPostgres();
  server = await ServerProcess.start({
    DATABASE_URL: database.url,
    ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
    SEED_DEMO: "false",
    LOG_LEVEL: "trace",
  });
  const send = caller(fetch, `${server.url}/api/v1`);
  // Each call has an id of its own, by which its line is found.
  call = async (method, path, options = {}) => {
    sent += 1;
    const headers = {
      "x-request-id": `call-${sent}`,
      "user-agent": SECRET_HEADER,
      "idempotency-key": `${SECRET_HEADER}-${sent}`,
      cookie: SECRET_HEADER,
      traceparent: `00-${TRACE}-00f067aa0ba902b7-01`,
      ...options.headers,
    };
    const answer = await send(method, path, { ...options, headers });
    if (typeof answer.body?.apiKey === "string") secrets.add(answer.body.apiKey);
    return answer;
  };
});

afterAll(async () => {
  await killProcesses();
  await database.drop();
});

function jsonLines(): Line[] {
  return server.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("the log", () => {
  it("has exactly one line for each call, with its outcome", async () => {
    const expected: Partial<Line>[] = [];
    const make = async (
      procedure: string,
      callerId: string | null,
      ...[method, path, options]: Parameters<TestApp["call"]>
    ) => {
      const answer = await call(method, path, options);
      const code = answer.status >= 400 ? { code: answer.body.code } : {};
      expected.push({
        requestId: answer.headers.get("x-request-id") ?? "",
        clientRequestId: `call-${sent}`,
        traceId: TRACE,
        transport: "rest",
        method,
        path: expect.stringMatching(TEMPLATE),
        client: "127.0.0.1",
        procedure,
        caller: callerId,
        key: callerId === null ? null : expect.stringMatching(/^key_\w{26}$/),
        status: answer.status,
        responseBytes: expect.any(Number),
        ...code,
      });
      return answer;
    };
    const user = { fullName: SECRET_TEXT, email: "ada@example.com" };
    const bootstrap = { "x-bootstrap-key": BOOTSTRAP_KEY };
    const { body: first } = await make("users.create", null, "POST", "/users", {
      body: user,
      headers: bootstrap,
    });
    await make("users.create", null, "POST", "/users", { body: user, headers: bootstrap });
    await make("users.create", null, "POST", "/users", {
      body: user,
      headers: { "x-bootstrap-key": SECRET_HEADER },
    });
    admin = { id: first.id, fullName: first.fullName, key: first.apiKey };
    const as = admin;
    await make("requests.list", null, "GET", "/requests");
    for (const key of [WRONG_KEY, UNKNOWN_KEY, SECRET_HEADER]) {
      await make("requests.list", null, "GET", "/requests", { headers: { "x-api-key": key } });
    }
    const filing = { title: SECRET_TEXT, description: SECRET_TEXT };
    const { body: request } = await make("requests.create", as.id, "POST", "/requests", {
      as,
      body: filing,
    });
    const path = `/requests/${request.id}`;
    await make("requests.get", as.id, "GET", path, { as });
    await make("requests.list", as.id, "GET", `/requests?q=${encodeURIComponent(SECRET_TEXT)}`, {
      as,
    });
    await make("requests.create", as.id, "POST", "/requests", {
      as,
      body: { title: SECRET_TEXT, [SECRET_TEXT]: 1 },
    });
    await make("requests.create", as.id, "POST", "/requests", {
      as,
      body: `{"title": "${SECRET_TEXT}`,
    });
    const canceled = { status: "CANCELED", reason: SECRET_TEXT };
    await make("requests.transition", as.id, "PATCH", `${path}/status`, { as, body: canceled });
    await make("requests.transition", as.id, "PATCH", `${path}/status`, { as, body: canceled });
    await make("comments.create", as.id, "POST", `${path}/comments`, {
      as,
      body: { body: SECRET_TEXT },
    });
    const { body: key } = await make("apiKeys.issue", as.id, "POST", "/users/me/api-keys", {
      as,
      body: { name: SECRET_TEXT },
    });
    const { body: next } = await make(
      "apiKeys.rotate",
      as.id,
      "POST",
      `/api-keys/${key.id}/rotate`,
      {
        as,
        body: { overlapSeconds: 0 },
      },
    );
    await make("users.me", null, "GET", "/users/me", { headers: { "x-api-key": key.apiKey } });
    await make("users.me", as.id, "GET", "/users/me", { headers: { "x-api-key": next.apiKey } });
    await make("apiKeys.revoke", as.id, "DELETE", `/api-keys/${next.id}`, { as });

    await server.writes(new RegExp(`"clientRequestId":"call-${sent}"`));
    // Now and then there is a line on the seals among them.
    const lines = jsonLines().filter(({ msg }) => msg === "call");
    const facts = lines.map(({ msg, durationMs, level, time, ...line }) => line);
    expect(facts).toEqual(expected);
    expect(lines.every(({ responseBytes }) => responseBytes > 300)).toBe(true);
    for (const { durationMs } of lines) expect(durationMs).toBeGreaterThan(0);
    expect(new Set(expected.map(({ status }) => status))).toEqual(
      new Set([200, 201, 400, 401, 403, 409, 422]),
    );
  });

  it("has one line for each tRPC call", async () => {
    const url = `${server.url}/trpc/requests.get?input=${encodeURIComponent('{"id":"SF-0"}')}`;
    const headers = { "x-api-key": admin.key, "x-request-id": "over-trpc" };
    expect((await fetch(url, { headers })).status).toBe(404);
    await server.writes(/"clientRequestId":"over-trpc"/);
    expect(jsonLines().filter((line) => line.clientRequestId === "over-trpc")).toEqual([
      expect.objectContaining({
        procedure: "requests.get",
        transport: "trpc",
        path: "/trpc/requests.get",
        caller: admin.id,
        status: 404,
      }),
    ]);
  });

  it("has the size of an answer as the client received it", async () => {
    const connection = await RawConnection.open(server.url);
    const sizes: number[] = [];
    // Two answers over one connection, of which the second was asked for before the first came.
    const head = (id: string) =>
      `GET /api/v1/users/me HTTP/1.1\r\nHost: test\r\nX-API-Key: ${admin.key}\r\nX-Request-Id: ${id}\r\n\r\n`;
    await connection.send(head("piped-1") + head("piped-2"));
    await server.writes(/"piped-2"/);
    for (const id of ["piped-1", "piped-2"]) {
      const [line, ...others] = jsonLines().filter(({ clientRequestId }) => clientRequestId === id);
      expect(others).toEqual([]);
      sizes.push(line?.responseBytes ?? 0);
    }
    await waitUntil("both answers", () => connection.received.length >= (sizes[0] ?? 0) * 2 - 1);
    expect(sizes[0] as number).toBeGreaterThan(500);
    expect((sizes[0] as number) + (sizes[1] as number)).toBe(connection.received.length);
    connection.socket.destroy();
  });

  it("has a line for calls that reach no procedure, without keys in their paths", async () => {
    const refused = async (path: string, init: RequestInit = {}) => {
      const { status, headers } = await fetch(`${server.url}${path}`, init);
      return { status, requestId: headers.get("x-request-id") ?? "" };
    };
    const post = { method: "POST", body: "title=x", headers: { "content-type": "text/plain" } };
    const expected = [
      {
        ...(await refused(`/wp-admin/${admin.key}?q=1`)),
        path: "/wp-admin/sf_***",
        code: "not_found",
      },
      {
        ...(await refused("/api/v1/requests/SF-1", { method: "PUT" })),
        path: "/api/v1/requests/{id}",
        method: "PUT",
        code: "method_not_allowed",
      },
      {
        ...(await refused("/trpc/requests.create", post)),
        path: "/trpc/requests.create",
        method: "POST",
        code: "unsupported_media_type",
      },
      { ...(await refused("/trpc/nothing.here")), path: "/trpc/nothing.here", code: "not_found" },
    ];
    await server.writes(/nothing\.here/);
    const ids = expected.map(({ requestId }) => requestId);
    const lines = jsonLines().filter(({ requestId }) => ids.includes(requestId));
    expect(lines).toEqual(
      expected.map((line) =>
        expect.objectContaining({
          msg: "call",
          method: "GET",
          client: "127.0.0.1",
          responseBytes: expect.any(Number),
          ...line,
        }),
      ),
    );
    expect(lines.some((line) => "procedure" in line)).toBe(false);
  });

  it("has lines for the opening and the end of a stream, and says who left early", async () => {
    const reader = await EventReader.open(server.url, admin, "?after=now");
    await server.writes(/"procedure":"events\.stream"/);
    await reader.close();
    await server.writes(/"stream ended"/);
    const lines = jsonLines().filter(({ procedure }) => procedure === "events.stream");
    expect(lines).toEqual([
      expect.objectContaining({ msg: "call", status: 200, caller: admin.id }),
      expect.objectContaining({ msg: "stream ended", caller: admin.id, aborted: true }),
    ]);
    expect(lines[1]?.requestId).toBe(lines[0]?.requestId);
  });

  it("says at the start the version, the engine and the settings, without secrets", () => {
    expect(jsonLines().find(({ msg }) => msg === "started")).toMatchObject({
      url: server.url,
      database: "postgres",
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.version,
      demoKeys: null,
      settings: {
        databaseUrl: expect.stringMatching(/^postgres:\/\/127\.0\.0\.1:\d+\/\w+$/),
        bootstrapKey: "set",
        redisUrl: null,
        anchors: { file: null, url: null },
        keyBounds: { maxPerUser: 50 },
      },
    });
  });

  it("leaves out a request id of the client that could be more than an id", async () => {
    const headers = { "x-request-id": SECRET_TEXT };
    const { headers: answered } = await call("GET", "/users/me", { as: admin, headers });
    const id = answered.get("x-request-id");
    await server.writes(new RegExp(`"requestId":"${id}"`));
    const line = jsonLines().find(({ requestId }) => requestId === id);
    expect(line).toMatchObject({ procedure: "users.me", status: 200 });
    expect(line).not.toHaveProperty("clientRequestId");
  });

  it("reports a database error without its parameters", async () => {
    // PostgreSQL's message shows the whole row that broke the constraint.
    await runSql(database.db, "alter table comments add constraint never check (false) not valid");
    const [{ number }] = (await runSql<{ number: number }>(
      database.db,
      "select number from requests",
    )) as [{ number: number }];
    const { status, body } = await call("POST", `/requests/SF-${number}/comments`, {
      as: admin,
      body: { body: SECRET_TEXT },
    });
    expect({ status, code: body.code }).toEqual({ status: 500, code: "internal_error" });
    expect(JSON.stringify(body)).not.toMatch(/never|comments_|Failing/);
    await server.writes(new RegExp(`"clientRequestId":"call-${sent}"`));
    expect(jsonLines().at(-1)).toMatchObject({
      level: "error",
      procedure: "comments.create",
      caller: admin.id,
      status: 500,
      err: { code: "23514", constraint: "never" },
    });
  });

  it("has no key, no text of a caller and no header in any line", async () => {
    expect(await server.end("SIGTERM")).toEqual({ code: 0, signal: null });
    const written = server.stdout + server.stderr;
    expect(secrets.size).toBe(8);
    for (const secret of secrets) expect(written).not.toContain(secret);
    expect(written).not.toMatch(/sf_\w{20}/);
    expect(server.stderr).toBe("");
    const messages = new Set(jsonLines().map(({ msg }) => msg));
    const warning = expect.stringMatching(/^no administrator has a working API key/);
    const said = [
      warning,
      "started",
      "call",
      "stream ended",
      "audit log sealed",
      "stopping",
      "stopped",
    ];
    expect([...messages].sort()).toEqual(expect.arrayContaining(said));
    expect(messages.size).toBe(said.length);
  });
});
