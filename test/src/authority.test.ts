import { createServices, type RunningServer } from "@serviceflow/server";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ENGINES, freshPostgres, type TestDatabase, testLog } from "./harness/databases.ts";
import { ENDINGS, type Ending, restorer, stateOf } from "./harness/endings.ts";
import { EventReader } from "./harness/event-reader.ts";
import { type Interposition, interposed } from "./harness/interposed.ts";
import { MUTATIONS, type MutationKind, stageIn } from "./harness/mutations.ts";
import { invoke, operationNamed, TRANSPORTS, type Transport } from "./harness/operation.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { serveWith } from "./harness/serve-with.ts";
import {
  type Answer,
  caller,
  fetchOf,
  headersOf,
  openTestApp,
  openTestAppOn,
  type Person,
  type TestApp,
} from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";
import { WithheldCall } from "./harness/withheld-call.ts";

// Only a key has all these endings; those of sessions are tried with them.
const BY_KEY = MUTATIONS.filter(({ as }) => as !== "visitor");
const CASES = BY_KEY.flatMap((kind) =>
  (Object.keys(ENDINGS) as Ending[])
    // An employee has no lower role.
    .filter((ending) => kind.as !== "employee" || ending !== "a lower role")
    .map((ending) => ({
      kind,
      ending,
      title: [kind.procedure, kind.variant].filter(Boolean).join(" "),
    })),
);

/** What a call is refused with. An agent who has become an employee no longer sees requests of others. */
function refusalAfter(ending: Ending, { as }: MutationKind): string {
  if (ending !== "a lower role") return "unauthenticated";
  return as === "admin" ? "forbidden" : "not_found";
}

describe("a call whose authority ends before the last byte of its body", () => {
  let database: TestDatabase & { url: string };
  let app: TestApp;
  let server: RunningServer;
  let boss: Person;
  let stage: ReturnType<typeof stageIn>;
  let charged = 0;
  let restore = async () => {};

  beforeAll(async () => {
    database = await freshPostgres();
    app = await openTestAppOn(database);
    stage = stageIn(app);
    boss = await app.addUser({ fullName: "Boss", role: "ADMIN", email: "boss@example.com" });
    server = await serveWith(database, {
      RATE_LIMIT_PER_MINUTE: "0",
      AUTH_FAILURES_PER_MINUTE: "0",
    });
    const { limits } = server.services;
    const charge = limits.charge.bind(limits);
    limits.charge = (...by) => {
      charged += 1;
      return charge(...by);
    };
  });
  afterEach(() => restore());
  afterAll(async () => {
    await server.close();
    await app.close();
  });

  /** Sends all but the last byte, and waits until it is known who calls. */
  async function begin(line: string, as: Person, content: unknown, calls = 1) {
    restore = await restorer(app, as);
    const before = charged;
    const headers = { ...headersOf(as), "idempotency-key": stage.unique() };
    const call = WithheldCall.begin(server.url, line, headers, content);
    await waitUntil("the caller to be known", () => charged === before + calls);
    return call;
  }

  async function beginKind(transport: Transport, kind: MutationKind) {
    const input = await kind.input(stage);
    const { method, path, pathFields } = operationNamed(kind.procedure);
    if (transport === "trpc") return begin(`POST /trpc/${kind.procedure}`, app[kind.as], input);
    const { id, ...rest } = input;
    const body = pathFields.includes("id") ? rest : input;
    return begin(`${method} /api/v1${path.replace("{id}", String(id))}`, app[kind.as], body);
  }

  async function ended(ending: Ending, person: Person): Promise<string[]> {
    expect((await ENDINGS[ending](app, person, boss)).status).toBe(200);
    return stateOf(app);
  }

  describe.each(TRANSPORTS)("over %s", (transport) => {
    const problemOf = ({ body }: Answer) => body.error?.data.problem ?? body;

    it.each(BY_KEY)("$procedure succeeds if nothing ends", async (kind) => {
      const answer = await (await beginKind(transport, kind)).finish();
      expect(answer.status).toBeLessThan(300);
    });

    it.each(CASES)("$title is refused after $ending", async ({ kind, ending }) => {
      const call = await beginKind(transport, kind);
      const state = await ended(ending, app[kind.as]);
      expect(problemOf(await call.finish()).code).toBe(refusalAfter(ending, kind));
      expect(await stateOf(app)).toEqual(state);
    });
  });

  it.each(Object.keys(ENDINGS) as Ending[])("a batch is refused after %s", async (ending) => {
    const line = "POST /trpc/users.create,webhooks.create,users.create?batch=1";
    const user = () => ({ fullName: "Una", role: "ADMIN", email: `${stage.unique()}@example.com` });
    const inputs = { 0: user(), 1: { url: "https://bot.example.com/" }, 2: user() };
    const call = await begin(line, app.admin, inputs, 3);
    const state = await ended(ending, app.admin);
    const { body } = await call.finish();
    const code = ending === "a lower role" ? "forbidden" : "unauthenticated";
    const codes = body.map(({ error }: { error?: { data: { problem: { code: string } } } }) => {
      return error?.data.problem.code;
    });
    expect(codes).toEqual([code, code, code]);
    expect(await stateOf(app)).toEqual(state);
  });

  it("a query with a body is refused at once", async () => {
    const call = WithheldCall.begin(
      server.url,
      "POST /trpc/users.list",
      { "x-api-key": app.admin.key },
      {},
    );
    expect((await call.finish()).status).toBe(405);
  });
});

describe.each(ENGINES)(
  "a call whose authority ends between its load and its write, on %s",
  (engine) => {
    let app: TestApp;
    let boss: Person;
    let stage: ReturnType<typeof stageIn>;
    let attacked: TestApp;
    const does: Interposition = {};
    let restore = async () => {};

    beforeAll(async () => {
      app = await openTestApp(engine);
      boss = await app.addUser({ fullName: "Boss", role: "ADMIN", email: "boss@example.com" });
      stage = stageIn(app);
      const db = interposed(app.database.db, { before: (name) => does.before?.(name) });
      const { services } = createServices(db, testLog);
      attacked = { ...app, call: caller(fetchOf(services)) };
    });
    afterEach(() => restore());
    afterAll(() => app.close());

    it.each(CASES)("is refused $title after $ending", async ({ kind, ending }) => {
      const input = await kind.input(stage);
      const person = app[kind.as];
      restore = await restorer(app, person);
      let state: string[] = [];
      does.before = async (statement) => {
        if (!statement.startsWith("write_")) return;
        delete does.before;
        await ENDINGS[ending](app, person, boss);
        state = await stateOf(app);
      };
      const headers = { "idempotency-key": stage.unique() };
      const { body } = await invoke(attacked, "rest", kind.procedure, input, {
        as: person,
        headers,
      });
      expect(body.code).toBe(refusalAfter(ending, kind));
      expect(await stateOf(app)).toEqual(state);
    });
  },
);

describe("a call that waits for a locked row", () => {
  let database: TestDatabase & { url: string };
  let app: TestApp;
  let holder: pg.Client;

  beforeAll(async () => {
    database = await freshPostgres();
    app = await openTestAppOn(database);
    holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
  });
  afterAll(async () => {
    await holder.end();
    await app.close();
  });

  const waitsForLock = async () => {
    const text = `select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%authority%'`;
    return (await runSql(database.db, text)).length === 1;
  };

  async function filed(): Promise<string> {
    const body = { title: "Contested" };
    return (await app.call("POST", "/requests", { as: app.employee, body })).body.id;
  }

  async function statusOf(id: string): Promise<string> {
    return (await app.call("GET", `/requests/${id}`, { as: app.admin })).body.status;
  }

  const update = "update requests set version = version + $2 where number = $1";

  it("decides again with the new role when it loses", async () => {
    const id = await filed();
    const { agent, admin } = app;
    await holder.query("begin");
    await holder.query(update, [Number(id.slice(3)), 1]);
    const body = { status: "IN_PROGRESS" };
    const call = app.call("PATCH", `/requests/${id}/status`, { as: agent, body });
    await waitUntil("the write to wait", waitsForLock);
    await app.call("PATCH", `/users/${agent.id}/role`, { as: admin, body: { role: "EMPLOYEE" } });
    await holder.query("commit");
    expectProblem(await call, "not_found");
    expect(await statusOf(id)).toBe("NEW");
    await app.call("PATCH", `/users/${agent.id}/role`, { as: admin, body: { role: "AGENT" } });
  });

  it("decides again when the lock stays, and does not outlive its authority", async () => {
    const id = await filed();
    const { otherAgent, admin } = app;
    await holder.query("begin");
    await holder.query(update, [Number(id.slice(3)), 0]);
    const call = app.call("POST", `/requests/${id}/claim`, { as: otherAgent });
    await waitUntil("the write to wait", waitsForLock);
    await app.call("PATCH", `/users/${otherAgent.id}`, { as: admin, body: { active: false } });
    expectProblem(await call, "unauthenticated");
    await holder.query("rollback");
    expect(await statusOf(id)).toBe("NEW");
  });
});

describe.each(ENGINES)("an answer that begins after its authority ended, on %s", (engine) => {
  let app: TestApp;
  let boss: Person;
  let attacked: TestApp;
  const does: Interposition = {};
  let restore = async () => {};

  beforeAll(async () => {
    app = await openTestApp(engine);
    boss = await app.addUser({ fullName: "Boss", role: "ADMIN", email: "boss@example.com" });
    const db = interposed(app.database.db, { before: (name) => does.before?.(name) });
    const fetchAttacked = fetchOf(createServices(db, testLog).services);
    attacked = { ...app, fetch: fetchAttacked, call: caller(fetchAttacked) };
  });
  afterEach(() => restore());
  afterAll(() => app.close());

  /** Ends it right after the call was authenticated. */
  async function endingDuringCall(ending: Ending, person: Person): Promise<void> {
    restore = await restorer(app, person);
    does.before = async (statement) => {
      if (statement !== "api_keys_still_good") return;
      delete does.before;
      await ENDINGS[ending](app, person, boss);
    };
  }

  const READS = ["/audit-logs/export", "/audit-logs/verify", "/events/stream"];
  const endings = (Object.keys(ENDINGS) as Ending[]).filter((each) => each !== "a lower role");

  it.each(READS.flatMap((path) => endings.map((ending) => ({ path, ending }))))(
    "is refused: $path after $ending",
    async ({ path, ending }) => {
      await endingDuringCall(ending, app.admin);
      expectProblem(await attacked.call("GET", path, { as: app.admin }), "unauthenticated");
      expect(does.before).toBeUndefined();
    },
  );

  it.each(["/audit-logs/export", "/audit-logs/verify"])(
    "is refused: %s after a lower role",
    async (path) => {
      await endingDuringCall("a lower role", app.admin);
      expectProblem(await attacked.call("GET", path, { as: app.admin }), "forbidden");
    },
  );

  it("is refused: the stream over tRPC", async () => {
    await endingDuringCall("the revocation of the key", app.agent);
    const headers = { "x-api-key": app.agent.key };
    const response = await attacked.fetch("http://test/trpc/events.stream", { headers });
    expect(response.status).toBe(401);
  });

  it("is for the new role: a stream of events", async () => {
    await endingDuringCall("a lower role", app.agent);
    const headers = { "x-api-key": app.agent.key };
    const response = await attacked.fetch("http://test/api/v1/events/stream", { headers });
    const reader = await EventReader.of(response);
    const file = async (as: Person) =>
      (await app.call("POST", "/requests", { as, body: { title: "Something" } })).body.id;
    await file(app.otherEmployee);
    const own = await file(app.agent);
    expect((await reader.event()).serviceRequestId).toBe(own);
    await reader.close();
  });
});
