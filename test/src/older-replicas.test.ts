import { randomUUID } from "node:crypto";
import { toUuid } from "@serviceflow/domain";
import { completeParticipants } from "@serviceflow/server";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const NEVER = new AbortController().signal;

describe.each(ENGINES)("what an older replica writes after the backfill, on %s", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  const sql = <Row>(text: string, values: unknown[] = []) =>
    runSql<Row>(app.database.db, text, values);
  const get = async (as: Person, id: string) =>
    (await app.call("GET", `/requests/${id}`, { as })).body;
  const listed = async (as: Person, query: string) =>
    (await app.call("GET", `/requests?${query}`, { as })).body.items.map(
      ({ id }: { id: string }) => id,
    ) as string[];

  /** Two requests, of which the first is claimed; the backfill has passed both. */
  async function filed(): Promise<[string, string]> {
    const file = async () => {
      const body = { title: "Broken screen" };
      return (await app.call("POST", "/requests", { as: app.employee, body })).body.id as string;
    };
    const ids: [string, string] = [await file(), await file()];
    await app.call("POST", `/requests/${ids[0]}/claim`, { as: app.agent });
    await app.call("POST", `/requests/${ids[0]}/read`, { as: app.employee });
    await completeParticipants(app.database.db, NEVER);
    return ids;
  }

  /** As a build does that knows of no activity. */
  async function comment(as: Person, id: string, visibility: "PUBLIC" | "INTERNAL", inMs: number) {
    const at = new Date(Date.now() + inMs).toISOString();
    await sql(
      `insert into comments (id, request_id, author_id, visibility, body, created_at)
       select $1, id, $2, $3, 'Words', $4 from requests where number = $5`,
      [randomUUID(), toUuid("user", as.id), visibility, at, Number(id.slice(3))],
    );
    return at;
  }

  it("is activity when it is a public comment, and unread", async () => {
    const { employee, agent, otherAgent } = app;
    const [first, second] = await filed();
    expect((await listed(employee, "sort=activity")).slice(0, 2)).toEqual([first, second]);
    await app.call("POST", `/requests/${second}/comments`, { as: employee, body: { body: "Me" } });
    expect((await listed(employee, "sort=activity"))[0]).toBe(second);

    const at = await comment(otherAgent, first, "PUBLIC", 1_000);
    for (const person of [employee, agent, otherAgent]) {
      expect(await get(person, first)).toMatchObject({
        lastActivityAt: at,
        unread: person !== otherAgent,
      });
      expect((await listed(person, "sort=activity"))[0]).toBe(first);
      expect(await listed(person, `activeFrom=${at}`)).toEqual([first]);
    }
    expect(await listed(employee, "unread=true")).toContain(first);
    expect(await listed(otherAgent, "participant=me")).toContain(first);

    const earlier = await comment(agent, first, "PUBLIC", -60_000);
    expect(earlier < at).toBe(true);
    expect(await get(employee, first)).toMatchObject({ lastActivityAt: at });
  });

  it("is activity for those who see it when it is an internal comment", async () => {
    const { employee, agent, otherAgent } = app;
    const [id] = await filed();
    const before = await get(employee, id);
    const at = await comment(otherAgent, id, "INTERNAL", 2_000);
    expect(await get(employee, id)).toEqual(before);
    expect(await get(agent, id)).toMatchObject({ lastActivityAt: at, unread: true });
    expect(await listed(agent, `activeFrom=${at}`)).toEqual([id]);
    expect(await listed(employee, `activeFrom=${at}`)).toEqual([]);
  });

  it("has who files and who holds it take part", async () => {
    const { admin, otherAgent } = app;
    const [, second] = await filed();
    expect(await listed(otherAgent, "participant=me")).not.toContain(second);
    await sql("update requests set assignee_id = $1 where number = $2", [
      toUuid("user", otherAgent.id),
      Number(second.slice(3)),
    ]);
    expect(await listed(otherAgent, "participant=me")).toContain(second);
    await sql(
      `insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
         created_at, updated_at)
       values ('00000000-0000-7000-8000-000000000001', 9001, 'Old', '', 'NEW', 'LOW', 'general', $1, $1, now(), now())`,
      [toUuid("user", admin.id)],
    );
    expect(await listed(admin, "participant=me")).toEqual(["SF-9001"]);
  });

  it("and what this build writes brings no mark of an erased user back", async () => {
    const { admin, employee, agent } = app;
    const leaver = await app.addUser({
      fullName: "Lea",
      role: "AGENT",
      email: "lea@example.com",
    });
    const [id] = await filed();
    await app.call("POST", `/requests/${id}/comments`, { as: leaver, body: { body: "Mine" } });
    await app.call("POST", `/users/${leaver.id}/erase`, { as: admin });
    const marks = () =>
      sql("select unread from request_participants where user_id = $1", [
        toUuid("user", leaver.id),
      ]);
    // An erasure that has not come to the marks yet.
    const bring = `insert into request_participants (user_id, request_id, participated_at, unread, unread_internally)
      select $1, id, now(), false, false from requests where number = $2
      on conflict (user_id, request_id) do update set unread = false`;
    await sql(bring, [toUuid("user", leaver.id), Number(id.slice(3))]);
    await app.call("POST", `/requests/${id}/comments`, { as: agent, body: { body: "New" } });
    await comment(employee, id, "PUBLIC", 3_000);
    expect(await marks()).toEqual([{ unread: false }]);
  });
});

describe("the backfill of participants on PostgreSQL", () => {
  it("is done by one replica at a time", async () => {
    const app = await openTestApp("postgres");
    onTestFinished(() => app.close());
    const { db, url } = app.database;
    await app.call("POST", "/requests", { as: app.employee, body: { title: "Broken" } });
    await runSql(db, "delete from request_participants");
    const count = () => runSql(db, "select count(*)::int as n from request_participants");
    const other = new pg.Client({ connectionString: url ?? "" });
    await other.connect();
    await other.query("begin");
    await other.query("select from backfills for update");
    await completeParticipants(db, NEVER);
    expect(await count()).toEqual([{ n: 0 }]);
    await other.end();
    await completeParticipants(db, NEVER);
    expect(await count()).toEqual([{ n: 1 }]);
  });
});
