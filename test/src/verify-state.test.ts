import v8 from "node:v8";
import vm from "node:vm";
import { type StateVerification, toUuid } from "@serviceflow/domain";
import { compareState, type Database, StateReport } from "@serviceflow/server";
import fc from "fast-check";
import pg from "pg";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { ENGINES, freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { CallArbitrary } from "./harness/fuzz-call.ts";
import { openFuzzWorld } from "./harness/fuzz-world.ts";
import { LONG, ONLY_LONG } from "./harness/long-run.ts";
import { MUTATIONS, stageIn } from "./harness/mutations.ts";
import { OpenApi } from "./harness/openapi.ts";
import { invoke } from "./harness/operation.ts";
import { runSql } from "./harness/raw-sql.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { headersOf, openTestApp, openTestAppOn, type TestApp } from "./harness/test-app.ts";

const CALLS = LONG ? 60 : 5;
const AT_ONCE = 6;
/** A fuzzer's world removes webhooks past a hundred without a command. */
const WEBHOOK_CALLS = 5;
const ROUNDS = LONG ? 100 : 4;
/** Each takes the next kind of write, so that all kinds are written during the comparisons. */
const WRITERS = LONG ? 40 : 6;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(killProcesses);

async function opened(app: Promise<TestApp>): Promise<TestApp> {
  const found = await app;
  closing.push(() => found.close());
  return found;
}

async function compared(db: Database): Promise<StateVerification> {
  const report = new StateReport(false);
  await compareState(db, report);
  return report.result();
}

describe("the log folds to exactly the state", () => {
  it.each(ENGINES)("after every kind of mutation, on %s", async (engine) => {
    const app = await opened(openTestApp(engine));
    const stage = stageIn(app);
    for (const { procedure, as, input } of MUTATIONS) {
      await invoke(app, "rest", procedure, await input(stage), { as: app[as] });
    }
    const { db } = app.database;
    const [log] = await runSql<{ n: number }>(db, "select count(*)::int as n from audit_logs");
    expect(await compared(db)).toMatchObject({ matches: true, found: [], entries: log?.n });
  });

  it("after random calls of every operation, many at once", async ({ annotate }) => {
    const openApi = new OpenApi();
    const changing = openApi.operations.filter(({ method }) => method !== "GET");
    // Last, since nobody can call anything after those of their own.
    const areLast = ["/users/{id}/api-keys/revoke-all", "/users/me/api-keys/revoke-all"];
    const operations = [
      ...changing.filter(({ path }) => !areLast.includes(path)),
      ...areLast.flatMap((last) => changing.filter(({ path }) => path === last)),
    ];
    const world = await openFuzzWorld(openApi.operations);
    closing.push(() => world.close());
    const { app } = world;
    for (const operation of operations) {
      const numRuns = operation.path.startsWith("/webhooks") ? WEBHOOK_CALLS : CALLS;
      const calls = fc.sample(new CallArbitrary(openApi, operation, world).any(), numRuns);
      while (calls.length > 0) {
        await Promise.all(
          calls.splice(0, AT_ONCE).map(async ({ key, target, body, headers }) => {
            const id =
              target === null
                ? ""
                : "raw" in target
                  ? target.raw
                  : await world.fresh(operation, target.fresh);
            const credential = await world.credential(operation, key);
            await app.fetch(`http://test/api/v1${operation.path.replace("{id}", id)}`, {
              method: operation.method,
              headers: {
                "content-type": "application/json",
                ...headers,
                ...(credential === null ? {} : headersOf({ key: credential })),
              },
              ...(body === null ? {} : { body: body as string }),
            });
          }),
        );
      }
    }
    const found = await compared(app.database.db);
    expect(found).toMatchObject({ matches: true, found: [] });
    await annotate(`${found.entries} entries, ${found.rows} rows`);
  });

  it("of the demo data", async () => {
    const database = await freshPostgres();
    closing.push(() => database.drop());
    const seeded = await ServerProcess.run({ DATABASE_URL: database.url }, "--json", "seed");
    expect(seeded.code).toBe(0);
    const found = await compared(database.db);
    expect(found).toMatchObject({ matches: true, found: [] });
    expect(found.rows).toBeGreaterThan(50);
  });

  it("while an erasure has not reached the log yet", async () => {
    const app = await opened(openTestApp("postgres"));
    const { db } = app.database;
    const gone = await app.addUser({ fullName: "Wilma", email: "w@example.com", role: "AGENT" });
    await app.call("POST", "/users/me/api-keys", { as: gone, body: { name: "Tablet" } });
    await app.call("POST", "/requests", { as: gone, body: { title: "Wilma's request" } });
    await runSql(db, "create table kept as table audit_private_values");
    await app.call("POST", `/users/${gone.id}/erase`, { as: app.admin });
    expect(await compared(db)).toMatchObject({ matches: true, found: [] });
    await runSql(
      db,
      "update audit_private_values v set values = k.values from kept k where k.entry_id = v.entry_id",
    );
    expect(await compared(db)).toMatchObject({ matches: true, found: [] });
    await runSql(db, "update api_keys set name = 'Not erased' where user_id = $1", [
      toUuid("user", gone.id),
    ]);
    const { found } = await compared(db);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(
      found.map(() =>
        expect.objectContaining({ field: "name", log: "Erased", state: "Not erased" }),
      ),
    );
  });
});

it(`finds nothing in ${ROUNDS} comparisons or more while others write`, async ({ annotate }) => {
  const app = await opened(openTestApp("postgres"));
  const { db } = app.database;
  const stage = stageIn(app);
  const shared = await stage.request();
  let isOver = false;
  let writes = 0;
  const until = async (write: () => Promise<unknown>) => {
    while (!isOver) {
      await write();
      writes += 1;
    }
  };
  const rename = (n: number) =>
    app.call("PATCH", `/requests/${shared.id}`, {
      as: app.admin,
      body: { title: `Title ${n} ${writes}` },
    });
  const kinds = [
    // There can be a hundred webhooks at most.
    ...MUTATIONS.filter(({ procedure }) => !procedure.startsWith("webhooks.")).map(
      (kind) => async () =>
        invoke(app, "rest", kind.procedure, await kind.input(stage), { as: app[kind.as] }),
    ),
    async () => {
      const path = `/webhooks/${(await stage.webhook()).id}`;
      const as = app.admin;
      await app.call("PATCH", path, { as, body: { description: `After ${writes} writes` } });
      await app.call("POST", `${path}/rotate`, { as, body: { overlapSeconds: 60 } });
      await app.call("DELETE", path, { as });
    },
  ];
  let next = 0;
  const nextKind = () => (kinds[next++ % kinds.length] as () => Promise<void>)();
  const writing = Promise.all([
    ...Array.from({ length: WRITERS }, () => until(nextKind)),
    ...[1, 2, 3].map((n) => until(() => rename(n))),
  ]);
  const found: StateVerification[] = [];
  try {
    while (found.length < ROUNDS || next < 2 * kinds.length) found.push(await compared(db));
  } finally {
    isOver = true;
    await writing;
  }
  expect(found.flatMap((each) => each.found)).toEqual([]);
  expect(found.every(({ matches }) => matches)).toBe(true);
  await annotate(`${found.length} comparisons, ${writes} writes, ${found.at(-1)?.entries} entries`);
});

describe("the comparison with the log", () => {
  it("is part of the API's verification when it is asked for", async () => {
    const app = await opened(openTestApp("postgres"));
    const { db } = app.database;
    const verify = (query: string) =>
      app.call("GET", `/audit-logs/verify${query}`, { as: app.admin });
    expect((await verify("")).body.state).toBeNull();
    expect((await verify("?state=true")).body.state).toMatchObject({ matches: true, found: [] });
    await runSql(db, "update users set role = 'ADMIN', full_name = 'Mallory' where id = $1", [
      toUuid("user", app.employee.id),
    ]);
    const { body } = await verify("?state=true");
    expect(body).toMatchObject({ valid: true, state: { matches: false, differences: 2 } });
    const named = { table: "users", id: app.employee.id, problem: "field_differs" };
    expect(body.state.found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...named, field: "role", log: "EMPLOYEE", state: "ADMIN" }),
        expect.objectContaining({ ...named, log: "Eve Employee", state: "Mallory" }),
      ]),
    );
    const refused = await app.call("GET", "/audit-logs/verify?state=true", { as: app.agent });
    expect(refused.status).toBe(403);
  });

  it("stops when the caller is gone", async () => {
    const app = await opened(openTestApp("postgres"));
    const stop = new AbortController();
    stop.abort(new Error("gone"));
    const report = new StateReport(false);
    const comparing = compareState(app.database.db, report, { signal: stop.signal });
    await expect(comparing).rejects.toThrow("gone");
  });

  it("is a command, and a check of the doctor", async () => {
    const database = await freshPostgres();
    const app = await opened(openTestAppOn(database));
    const environment = { DATABASE_URL: database.url };
    const run = (...command: string[]) => ServerProcess.run(environment, ...command);
    const well = await run("audit", "verify", "--state");
    expect(well).toMatchObject({ code: 0, stderr: "" });
    expect(well.stdout).toContain("The tables match the log.");
    expect((await run("doctor")).stdout).toMatch(/^ok +state +\d+ rows/m);

    await runSql(
      database.db,
      "update users set role = 'ADMIN', full_name = 'Mallory' where id = $1",
      [toUuid("user", app.employee.id)],
    );
    const inWords = await run("audit", "verify", "--state");
    expect(inWords.code).toBe(3);
    expect(inWords.stdout).toContain("The log is valid.");
    expect(inWords.stdout).toMatch(
      new RegExp(
        `users ${app.employee.id} role: "EMPLOYEE" in the log, "ADMIN" in the table; .*evt_`,
      ),
    );
    expect(inWords.stdout).toContain("Mallory");
    const redacted = await run("--json", "audit", "verify", "--state", "--redacted");
    expect(redacted.code).toBe(3);
    expect(JSON.parse(redacted.stdout).state).toMatchObject({ matches: false, differences: 2 });
    expect(redacted.stdout).not.toContain("Mallory");
    const examined = await run("doctor");
    expect(examined.code).toBe(3);
    expect(examined.stdout).toMatch(/^fail +state +2 differences.*audit verify --state/ms);
    expect(examined.stdout).not.toContain("Mallory");

    const offline = await run("audit", "verify", "--state", "--file", "x.jsonl");
    expect(offline.code).toBe(1);
    expect(offline.stderr).toContain("--state needs the database");
  });
});

describe("1,000,000 entries", () => {
  it("are compared at 20,000 a second or more, in the same memory as few", {
    timeout: 1_200_000,
  }, async ({ annotate, skip }) => {
    skip(!LONG, ONLY_LONG);
    const database: TestDatabase & { url: string } = await freshPostgres();
    const app = await opened(openTestAppOn(database));
    const client = new pg.Client(database.url);
    await client.connect();
    for (let batch = 0; batch < 10; batch += 1) {
      await client.query(FILL_REQUESTS, [batch, toUuid("user", app.admin.id), app.admin.id]);
      await client.query(FILL_ENTRIES, [batch, toUuid("user", app.admin.id), app.admin.id]);
    }
    await client.query("vacuum analyze");
    await client.end();
    const heaps: number[] = [];
    const report = new StateReport(false);
    const started = performance.now();
    const startedCpu = process.cpuUsage();
    await compareState(database.db, report, {
      onProgress: (done) => {
        if (done % 100_000 === 0) heaps.push(heapInUse());
      },
    });
    const cpu = process.cpuUsage(startedCpu);
    const seconds = (performance.now() - started) / 1000;
    const { entries, rows, found } = report.result();
    expect(found).toEqual([]);
    expect(entries).toBeGreaterThan(1_000_000);
    expect(rows).toBeGreaterThan(250_000);
    // What grows with the log would be hundreds of megabytes more by the end.
    expect(Math.max(...heaps) - (heaps[0] ?? 0)).toBeLessThan(20 * 1024 ** 2);
    // By the processor's time, which other work on the machine does not change.
    const ofProcessor = entries / ((cpu.user + cpu.system) / 1e6);
    expect(ofProcessor).toBeGreaterThan(20_000);
    await annotate(
      `${Math.round(entries / seconds)} entries/s, ${Math.round(ofProcessor)} for a second of this processor`,
    );
  });
});

/** In bytes, without garbage. */
function heapInUse(): number {
  v8.setFlagsFromString("--expose-gc");
  vm.runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

const NUMBER = "100000 + $1::int * 25000 + n";
const MOMENT = "'2026-03-02T09:00:00Z'::timestamptz + make_interval(secs => n)";

/** 25,000 requests that were filed, claimed, started and finished. */
const FILL_REQUESTS = `
  insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
    assignee_id, version, created_at, updated_at, started_at, closed_at)
  select gen_random_uuid(), ${NUMBER}, 'Printer ' || n, '', 'DONE', 'NORMAL', 'general', $2::uuid, $2::uuid, $2::uuid, 4, ${MOMENT},
    ${MOMENT}, ${MOMENT}, ${MOMENT}
  from generate_series(1, 25000) as n where $3::text <> ''`;

const COMMITMENT = (pointer: string, value: string) =>
  `encode(sha256(convert_to('["' || salt || '","${pointer}",' || to_json((${value})::text)::text || ']', 'UTF8')), 'hex')`;

const FILL_ENTRIES = `
  with source as (
    select gen_random_uuid() as id, n, step, encode(uuid_send(gen_random_uuid()), 'hex') as salt
    from generate_series(1, 4) as step, generate_series(1, 25000) as n
  ), beside as (
    insert into audit_private_values (entry_id, values)
    select id, case step when 1 then jsonb_build_object(
        '/changes/title/to', jsonb_build_array(salt, 'Printer ' || n),
        '/changes/description/to', jsonb_build_array(salt, ''))
      else '{}' end
    from source
  )
  insert into audit_logs (id, actor_id, action, subject_type, subject_id, service_request_id, changes, internal,
    request_id, occurred_at)
  select source.id, $2::uuid, (array['request.created', 'request.claimed', 'request.transitioned', 'request.transitioned'])[step],
    'request', 'SF-' || number, r.id,
    case step
      when 1 then jsonb_build_object(
        'title', jsonb_build_object('from', null, 'to',
          jsonb_build_object('commitment', ${COMMITMENT("/changes/title/to", "'Printer ' || n")})),
        'description', jsonb_build_object('from', null, 'to',
          jsonb_build_object('commitment', ${COMMITMENT("/changes/description/to", "''")})),
        'status', '{"from": null, "to": "NEW"}'::jsonb, 'priority', '{"from": null, "to": "NORMAL"}'::jsonb,
        'category', '{"from": null, "to": "general"}'::jsonb,
        'requesterId', jsonb_build_object('from', null, 'to', $3::text),
        'submitterId', jsonb_build_object('from', null, 'to', $3::text))
      when 2 then jsonb_build_object('assigneeId', jsonb_build_object('from', null, 'to', $3::text))
      when 3 then '{"status": {"from": "NEW", "to": "IN_PROGRESS"}}'
      else '{"status": {"from": "IN_PROGRESS", "to": "DONE"}}'
    end,
    false, source.id::text, ${MOMENT}
  from source join requests r on r.number = ${NUMBER} order by step`;
