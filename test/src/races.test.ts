import { createServices } from "@serviceflow/server";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { freshPostgres, testLog } from "./harness/databases.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openEmptyReplicas, openReplicas, type Replicas } from "./harness/replicas.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { type Answer, BOOTSTRAP_KEY, caller, fetchOf, type Person } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";

const MANY = 50;

/** How often each outcome came: `{ "200": 1, "409 already_assigned": 49 }`. */
function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const outcome = status < 400 ? `${status}` : `${status} ${body.code}`;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/** Runs it so many times at once, taking turns between the replicas. */
function atOnce(
  { calls }: Pick<Replicas, "calls">,
  times: number,
  run: (call: Replicas["calls"][0], index: number) => Promise<Answer>,
): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: times }, (_, index) => run(calls[index % 2 === 0 ? 0 : 1], index)),
  );
}

describe("concurrent calls on two replicas with one PostgreSQL", () => {
  let replicas: Replicas;
  let agents: Person[];
  beforeAll(async () => {
    replicas = await openReplicas();
    agents = [replicas.app.agent, replicas.app.otherAgent];
    for (let i = 0; i < 8; i += 1) {
      const fields = { fullName: `Agent ${i}`, role: "AGENT", email: `agent${i}@example.com` };
      agents.push(await replicas.app.addUser(fields));
    }
  });
  afterAll(() => replicas.close());

  const agentAt = (index: number) => agents[index % agents.length] as Person;

  async function file(): Promise<string> {
    const { call, employee } = replicas.app;
    return (await call("POST", "/requests", { as: employee, body: { title: "Contested" } })).body
      .id;
  }
  async function get(id: string): Promise<Answer["body"]> {
    const { call, admin } = replicas.app;
    return (await call("GET", `/requests/${id}`, { as: admin })).body;
  }
  /** All entries of a request, newest first. */
  async function history(id: string): Promise<Answer["body"][]> {
    const { call, admin } = replicas.app;
    return (await call("GET", `/requests/${id}/history?limit=100`, { as: admin })).body.items;
  }

  it.each([
    ["claims", "POST", "claim", undefined, "request.claimed", "409 already_assigned"],
    [
      "starts",
      "PATCH",
      "status",
      { status: "IN_PROGRESS" },
      "request.transitioned",
      "409 illegal_transition",
    ],
  ])(
    "let exactly one of 50 %s win, and log one",
    async (_, method, verb, body, action, refusal) => {
      const id = await file();
      const answers = await atOnce(replicas, MANY, (call, i) =>
        call(method, `/requests/${id}/${verb}`, { as: agentAt(i), body }),
      );
      expect(tally(answers)).toEqual({ 200: 1, [refusal]: MANY - 1 });
      const winner = answers.find(({ status }) => status === 200)?.body;
      expect(await get(id)).toMatchObject({ assignee: winner.assignee, version: 2 });
      const entries = await history(id);
      expect(entries.map((entry) => entry.action)).toEqual([action, "request.created"]);
      expect(entries[0].actor).toEqual(winner.assignee);
    },
  );

  it("create one request for 50 equal calls with one idempotency key", async () => {
    const { app } = replicas;
    const title = "Filed once";
    const answers = await atOnce(replicas, MANY, (call) =>
      call("POST", "/requests", {
        as: app.employee,
        body: { title },
        headers: { "idempotency-key": "filed-once" },
      }),
    );
    expect(tally(answers)).toEqual({ 201: MANY });
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.has("idempotent-replayed"))).toHaveLength(
      MANY - 1,
    );
    const [row] = await runSql(
      app.database.db,
      "select count(*)::int as requests from requests where title = $1",
      [title],
    );
    expect(row).toEqual({ requests: 1 });
    expect(await history(answers[0]?.body.id)).toHaveLength(1);
  });

  it("let one of 50 updates win when they name the same version", async () => {
    const id = await file();
    const answers = await atOnce(replicas, MANY, (call, i) =>
      call("PATCH", `/requests/${id}`, {
        as: agentAt(i),
        body: { title: `Title ${i}` },
        headers: { "if-match": '"1"' },
      }),
    );
    expect(tally(answers)).toEqual({ 200: 1, "412 precondition_failed": MANY - 1 });
    const winner = answers.find(({ status }) => status === 200)?.body;
    expect(await get(id)).toMatchObject({ title: winner.title, version: 2 });
    expect(await history(id)).toHaveLength(2);
  });

  it("apply 50 updates without a version one after another, and log each", async () => {
    const id = await file();
    const answers = await atOnce(replicas, MANY, (call, i) =>
      call("PATCH", `/requests/${id}`, { as: agentAt(i), body: { title: `Title ${i}` } }),
    );
    expect(tally(answers)).toEqual({ 200: MANY });
    const versions = answers.map(({ body }) => body.version).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: MANY }, (_, i) => i + 2));
    const entries = (await history(id)).reverse();
    const times = entries.map(({ occurredAt }) => occurredAt);
    expect(times).toEqual([...times].sort());
    const titles = entries.map((entry) => entry.changes.title);
    expect(titles).toHaveLength(MANY + 1);
    expect(titles.map(({ from }) => from)).toEqual([
      null,
      ...titles.slice(0, -1).map(({ to }) => to),
    ]);
    expect(await get(id)).toMatchObject({ title: titles.at(-1).to, version: MANY + 1 });
  });

  it("create one user for 20 calls with one email address", async () => {
    const { app } = replicas;
    const answers = await atOnce(replicas, 20, (call, i) =>
      call("POST", "/users", {
        as: app.admin,
        body: { fullName: `Twin ${i}`, email: "Twin@example.com" },
      }),
    );
    expect(tally(answers)).toEqual({ 201: 1, "409 email_taken": 19 });
    const { body } = await app.call("GET", "/users?email=twin@example.com", { as: app.admin });
    expect(body.items).toHaveLength(1);
  });

  it("create one category for 20 calls with one slug", async () => {
    const answers = await atOnce(replicas, 20, (call, i) =>
      call("POST", "/categories", {
        as: replicas.app.admin,
        body: { slug: "it", name: `IT ${i}` },
      }),
    );
    expect(tally(answers)).toEqual({ 201: 1, "409 category_exists": 19 });
  });

  it("rotate a key once for 20 calls without overlap", async () => {
    const { app } = replicas;
    const body = { name: "Leaked" };
    const key = await app.call("POST", "/users/me/api-keys", { as: app.agent, body });
    const answers = await atOnce(replicas, 20, (call) =>
      call("POST", `/api-keys/${key.body.id}/rotate`, {
        as: app.agent,
        body: { overlapSeconds: 0 },
      }),
    );
    expect(tally(answers)).toEqual({ 201: 1, "409 api_key_inactive": 19 });
  });

  it.each([
    ["demote", "/role", { role: "AGENT" }],
    ["deactivate", "", { active: false }],
  ])(
    "keep one administrator when the last two %s each other, in each of 20 rounds",
    async (_, path, body) => {
      const { app } = replicas;
      const other = await app.addUser({
        fullName: "Other Admin",
        role: "ADMIN",
        email: `other${path.length}@example.com`,
      });
      const pair = [app.admin, other] as const;
      for (let round = 0; round < 20; round += 1) {
        const answers = await atOnce(replicas, 2, (call, i) =>
          call("PATCH", `/users/${pair[i === 0 ? 1 : 0].id}${path}`, {
            as: pair[i === 0 ? 0 : 1],
            body,
          }),
        );
        const survivor = pair[answers.findIndex(({ status }) => status === 200)] as Person;
        const fallen = survivor === pair[0] ? pair[1] : pair[0];
        expect(tally(answers)[200]).toBe(1);
        expect(["last_admin", "forbidden", "unauthenticated"]).toContain(
          answers.find(({ status }) => status !== 200)?.body.code,
        );
        const admins = await app.call("GET", "/users?role=ADMIN&active=true", { as: survivor });
        expect(admins.body.items.map(({ id }: Person) => id)).toEqual([survivor.id]);
        const undo = path ? { role: "ADMIN" } : { active: true };
        await app.call("PATCH", `/users/${fallen.id}${path}`, { as: survivor, body: undo });
      }
      await app.call("PATCH", `/users/${other.id}/role`, {
        as: app.admin,
        body: { role: "AGENT" },
      });
    },
  );
});

describe("20 concurrent bootstraps on two replicas", () => {
  let replicas: Awaited<ReturnType<typeof openEmptyReplicas>>;
  beforeAll(async () => {
    replicas = await openEmptyReplicas();
  });
  afterAll(() => replicas.close());

  it("create one administrator", async () => {
    const answers = await atOnce(replicas, 20, (call, i) =>
      call("POST", "/users", {
        body: { fullName: `Founder ${i}`, email: `founder${i}@example.com` },
        headers: { "x-bootstrap-key": BOOTSTRAP_KEY },
      }),
    );
    expect(tally(answers)).toEqual({ 201: 1, "403 bootstrap_closed": 19 });
    const winner = answers.find(({ status }) => status === 201)?.body;
    const users = await runSql(replicas.database.db, "select email, role from users");
    expect(users).toEqual([{ email: winner.email, role: "ADMIN" }]);
  });
});

describe("a bootstrap and the operator's `admin create`, both decided on an empty database", () => {
  afterAll(killProcesses);

  it.each([
    { first: "operator", status: 403, emails: ["operator@example.com"] },
    { first: "bootstrap", status: 201, emails: ["founder@example.com", "operator@example.com"] },
  ])(
    "answer the bootstrap with $status when the $first writes first",
    async ({ first, status, emails }) => {
      const database = await freshPostgres();
      const holder = new pg.Client({ connectionString: database.url });
      await holder.connect();
      for (const text of HELD_WRITES) await runSql(database.db, text);
      const [operatorLock, bootstrapLock] = [1, 2];
      const held = async () => {
        const waiting = "select 1 from pg_locks where locktype = 'advisory' and not granted";
        return (await holder.query(waiting)).rowCount;
      };
      for (const lock of [operatorLock, bootstrapLock]) {
        await holder.query("select pg_advisory_lock($1::bigint)", [lock]);
      }
      const release = (lock: number) =>
        holder.query("select pg_advisory_unlock($1::bigint)", [lock]);

      const operator = ServerProcess.run(
        { DATABASE_URL: database.url },
        ...["admin", "create", "--name", "Operator", "--email", "operator@example.com"],
      );
      await waitUntil("the operator's write", async () => (await held()) === 1);
      const { services } = createServices(database.db, testLog, { bootstrapKey: BOOTSTRAP_KEY });
      const bootstrap = caller(fetchOf(services))("POST", "/users", {
        body: { fullName: "Founder", email: "founder@example.com" },
        headers: { "x-bootstrap-key": BOOTSTRAP_KEY },
      });
      await waitUntil("the bootstrap's write", async () => (await held()) === 2);
      if (first === "operator") {
        await release(operatorLock);
        await operator;
        await release(bootstrapLock);
      } else {
        await release(bootstrapLock);
        await bootstrap;
        await release(operatorLock);
      }

      expect(await operator).toMatchObject({ code: 0 });
      expect((await bootstrap).status).toBe(status);
      const users = await runSql<{ email: string }>(
        database.db,
        "select email from users order by email",
      );
      expect(users.map(({ email }) => email)).toEqual(emails);
      await holder.end();
      await database.drop();
    },
  );
});

/** The nth statement that inserts users waits for lock n, before it locks a row itself. */
const HELD_WRITES = [
  "create sequence writes",
  `create function hold_write() returns trigger language plpgsql set lock_timeout = 0 as $$
   begin
     perform pg_advisory_xact_lock(nextval('writes'));
     return null;
   end $$`,
  "create trigger held before insert on users for each statement execute function hold_write()",
];
