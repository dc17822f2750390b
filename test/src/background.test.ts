import { setTimeout as pause } from "node:timers/promises";
import { toUuid } from "@serviceflow/domain";
import { type Background, createServices, type Services } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES, freshDatabase, type TestDatabase, testLog } from "./harness/databases.ts";
import { runSql } from "./harness/raw-sql.ts";
import { Receiver } from "./harness/receiver.ts";
import { BOOTSTRAP_KEY, caller, fetchOf, type Person, type TestApp } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";

describe.each(ENGINES)("the background jobs on %s", (engine) => {
  let database: TestDatabase;
  let services: Services;
  let background: Background;
  let call: TestApp["call"];
  let admin: Person;
  const ran = new Set<string>();

  beforeAll(async () => {
    database = await freshDatabase(engine);
    ({ services, background } = createServices(database.db, testLog, {
      bootstrapKey: BOOTSTRAP_KEY,
      webhookTargets: { allowHttp: true, allowedNetworks: ["127.0.0.0/8"] },
    }));
    call = caller(fetchOf(services));
    const { body } = await call("POST", "/users", {
      body: { fullName: "Ada Admin", email: "ada@example.com" },
      headers: { "x-bootstrap-key": BOOTSTRAP_KEY },
    });
    admin = { id: body.id, fullName: body.fullName, key: body.apiKey };
  });

  afterAll(async () => {
    await background.stop();
    await database.drop();
  });

  const run = (name: string) => {
    const job = background.jobs.find((each) => each.name === name);
    if (!job) throw new Error(`No job is called "${name}".`);
    ran.add(name);
    return job.run();
  };
  const first = async <Row>(query: string): Promise<Row> => {
    const [row] = await runSql<Row>(database.db, query);
    return row as Row;
  };
  const count = async (from: string): Promise<number> =>
    (await first<{ count: number }>(`select count(*)::int as "count" from ${from}`)).count;

  it("seal the audit log", async () => {
    const unsealed =
      "audit_logs a where not exists (select from audit_seals where entry_seq = a.seq)";
    expect(await count(unsealed)).toBe(2);
    await run("seal the audit log");
    expect(await count(unsealed)).toBe(0);
  });

  it("index words for the search", async () => {
    await runSql(database.db, "delete from user_words");
    await runSql(
      database.db,
      "insert into words_due (kind, subject_id) select 'USER', id from users",
    );
    await run("index words for the search");
    expect(await count("words_due")).toBe(0);
    expect(await count("user_words where word in ('ada', 'admin')")).toBe(2);
  });

  it("complete the participants of requests", async () => {
    await call("POST", "/requests", { as: admin, body: { title: "Broken lamp" } });
    await runSql(database.db, "delete from request_participants");
    await run("complete the participants of requests");
    expect(await count("request_participants")).toBe(1);
  });

  it("index the events of requests", async () => {
    await run("seal the audit log");
    await run("index the events of requests");
    expect(await count("request_events")).toBe(1);
    expect(await count("request_events_end join audit_head using (position)")).toBe(1);
  });

  it("count requests for the statistics", async () => {
    expect(await count("request_deltas")).toBe(1);
    await run("count requests for the statistics");
    expect(await count("request_deltas")).toBe(0);
    expect(await count("request_counts where kind = 'CATEGORY' and grain = 15")).toBe(1);
    if (engine === "postgres") return;
    // Nothing else frees the room of many before the next vacuum.
    await runSql(
      database.db,
      "insert into request_deltas (request_id, created_at) select id, now() from requests, generate_series(1, 1000)",
    );
    await run("count requests for the statistics");
    const vacuumed =
      "select reltuples::int as tuples from pg_class where relname = 'request_deltas'";
    expect(await first(vacuumed)).toEqual({ tuples: 0 });
  });

  it("record when keys were last used", async () => {
    await call("GET", "/users/me", { as: admin });
    expect(await count("api_keys where last_used_at is not null")).toBe(0);
    await run("record when keys were last used");
    expect(await count("api_keys where last_used_at is not null")).toBe(1);
  });

  it("record failed sign-ins", async () => {
    await call("GET", "/users/me", { headers: { "x-api-key": "wrong" } });
    await run("record failed sign-ins");
    expect(await count("audit_logs where action = 'sign_in.failed'")).toBe(1);
  });

  it("remove idempotency keys after a day, and no others", async () => {
    for (const key of ["old", "new"]) {
      await call("POST", "/requests", {
        as: admin,
        body: { title: "A request" },
        headers: { "idempotency-key": key },
      });
    }
    await runSql(
      database.db,
      "update idempotency_keys set created_at = created_at - interval '25 hours' where key = 'old'",
    );
    await run("remove expired idempotency keys");
    const { keys } = await first<{ keys: string }>(
      `select string_agg(key, ',') as "keys" from idempotency_keys`,
    );
    expect(keys).toBe("new");
  });

  it("remove sessions that ended long ago, which the database allows of no others", async () => {
    const start = () =>
      call("POST", "/session", { as: admin, headers: { "sec-fetch-site": "same-origin" } });
    const [gone, kept] = [(await start()).body.id, (await start()).body.id];
    const ended = (id: string, ago: string) =>
      runSql(
        database.db,
        `update api_keys set revoked_at = now() - interval '${ago}' where id = '${toUuid("apiKey", id)}'`,
      );
    for (const id of [gone, kept]) {
      const headers = { "sec-fetch-site": "same-origin" };
      await call("DELETE", `/sessions/${id}`, { as: admin, headers });
    }
    await ended(gone, "31 days");
    await ended(kept, "29 days");
    await run("remove sessions that ended long ago");
    expect(await count("api_keys where session_from is not null")).toBe(1);
  });

  it("remove expired one-time codes", async () => {
    const issue = () =>
      call("POST", "/users/me/codes", { as: admin, body: { purpose: "SESSION", name: "Phone" } });
    const [old, young] = [await issue(), await issue()];
    await runSql(
      database.db,
      `update one_time_codes set expires_at = now() - interval '1 second'
        where id = (select min(id::text)::uuid from one_time_codes)`,
    );
    await run("remove expired one-time codes");
    const { body } = await call("GET", "/users/me/codes", { as: admin });
    expect([old.status, young.status]).toEqual([201, 201]);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([young.body.id]);
  });

  it("finish an erasure that a crash interrupted", async () => {
    const { body } = await call("POST", "/users", {
      as: admin,
      body: { fullName: "Wilma Gone", email: "wilma@example.com" },
    });
    await call("POST", `/users/${body.id}/erase`, { as: admin });
    await runSql(database.db, "update users set log_erased_at = null");
    await run("finish erasures");
    expect(await count("users where erased_at is not null and log_erased_at is not null")).toBe(1);
  });

  it("leave an erasure for the next start when they stop", async () => {
    await runSql(database.db, "update users set log_erased_at = null");
    const stopped = createServices(database.db, testLog).background;
    await stopped.stop();
    const erasures = stopped.jobs.find(({ name }) => name === "finish erasures");
    await expect(erasures?.run()).rejects.toMatchObject({ name: "AbortError" });
    expect(await count("users where log_erased_at is not null")).toBe(0);
    await run("finish erasures");
    expect(await count("users where log_erased_at is not null")).toBe(1);
  });

  async function identity(keyName: string): Promise<Parameters<Services["watchKey"]>[0]> {
    const query = `select id from api_keys where name = '${keyName}' order by created_at limit 1`;
    const { id: keyUuid } = await first<{ id: string }>(query);
    return { keyUuid, scopes: [], userId: admin.id, userKind: "HUMAN", session: null };
  }

  it("cut the streams of a key that was revoked", async () => {
    const issued = await call("POST", "/users/me/api-keys", {
      as: admin,
      body: { name: "short-lived" },
    });
    const watch = async (name: string) => services.watchKey(await identity(name));
    const kept = await watch("default");
    const cut = await watch("short-lived");
    await call("DELETE", `/api-keys/${issued.body.id}`, { as: admin });
    await run("check the keys of open streams");
    expect([kept.signal.aborted, cut.signal.aborted]).toEqual([false, true]);
    kept.end();
  });

  it("cut a stream even while an earlier check of its key hangs", async () => {
    const { db } = database;
    const issued = await call("POST", "/users/me/api-keys", {
      as: admin,
      body: { name: "watched" },
    });
    let checks = 0;
    const query: typeof db.query = (statement: { name: string | null }, values?: object) => {
      if (statement.name === "api_keys_still_good") {
        checks += 1;
        if (checks === 2) return new Promise<never>(() => {});
      }
      return db.query<never, never>(statement as never, values as never);
    };
    const hanging = createServices({ ...db, query }, testLog);
    const { signal } = await hanging.services.watchKey(await identity("watched"));
    await call("DELETE", `/api-keys/${issued.body.id}`, { as: admin });
    await waitUntil("the stream to be cut", () => signal.aborted);
    expect(checks).toBeGreaterThan(2);
    await hanging.background.stop();
  });

  it("queue and send webhook deliveries, renew leases and remove old deliveries", async () => {
    const receiver = await Receiver.open();
    let answer = () => {};
    receiver.answer = (response) => {
      answer = () => response.writeHead(204).end();
    };
    try {
      const body = { url: receiver.url, eventTypes: ["request.created"] };
      const webhook = await call("POST", "/webhooks", { as: admin, body });
      await call("POST", `/webhooks/${webhook.body.id}/ping`, { as: admin });
      await run("queue webhook deliveries");
      await receiver.until((messages) => messages.length === 1);
      const leasedUntil = () => first<{ at: string }>(`select leased_until as "at" from webhooks`);
      const { at } = await leasedUntil();
      await run("renew webhook leases");
      expect(Date.parse((await leasedUntil()).at)).toBeGreaterThan(Date.parse(at));
      answer();
      // The embedded engine never waits, so without a pause the answer could not arrive.
      while ((await count("webhook_deliveries where status = 'DELIVERED'")) < 1) await pause(10);
    } finally {
      await receiver.close();
    }
    await runSql(
      database.db,
      "update webhook_deliveries set created_at = created_at - interval '31 days'",
    );
    await run("remove old webhook deliveries");
    expect(await count("webhook_deliveries")).toBe(0);
  });

  it("vacuum the embedded database, and leave PostgreSQL to its autovacuum", async () => {
    const name = "vacuum the embedded database";
    if (engine === "postgres") {
      expect(background.jobs.map((job) => job.name)).not.toContain(name);
      return;
    }
    const stats = () =>
      first<{ pages: number; tuples: number }>(
        `select relpages as "pages", reltuples::int as "tuples" from pg_class where relname = 'users'`,
      );
    expect((await stats()).tuples).toBe(-1);
    await run(name);
    expect((await stats()).tuples).toBe(await count("users"));
    // From then on what counts is how many rows have changed.
    const fill = (rows: number) =>
      runSql(
        database.db,
        `insert into categories (slug, name, description, created_at) select 'filled-' || gen_random_uuid(), 'Filled', '', now() from generate_series(1, ${rows})`,
      );
    const known = async () =>
      (
        await first<{ n: number }>(
          "select reltuples::int as n from pg_class where relname = 'categories'",
        )
      ).n;
    const before = await known();
    await fill(40);
    await run(name);
    expect(await known()).toBe(before);
    await fill(20);
    await run(name);
    expect(await known()).toBe(before + 60);
    await runSql(database.db, "delete from categories where slug like 'filled-%'");
    await run(name);
    expect(await known()).toBe(before);
  });

  it("have all run", () => {
    expect([...ran].sort()).toEqual(background.jobs.map(({ name }) => name).sort());
  });
});
