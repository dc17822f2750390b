import { adoptRestoredLog, sealBatch, sealStatus, verifyLog } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { ENGINES, testLog } from "./harness/databases.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

/** Far ahead of any transaction of a cluster that a test starts. */
const AHEAD = "1000000000";

describe.each(ENGINES)("a log restored into a younger cluster on %s", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  const file = (title: string) =>
    app.call("POST", "/requests", { as: app.employee, body: { title } });
  const adopt = () => adoptRestoredLog(app.database.db, testLog);

  /** Makes the tables what a restore leaves: rows that name transactions of another cluster. */
  async function rewrite(...statements: string[]): Promise<void> {
    const { db } = app.database;
    for (const table of ["audit_logs", "audit_head"]) {
      await runSql(db, `alter table ${table} disable trigger user`);
    }
    for (const statement of statements) await runSql(db, statement);
    for (const table of ["audit_logs", "audit_head"]) {
      await runSql(db, `alter table ${table} enable trigger user`);
    }
  }

  const feed = async (after: string) => {
    await allSealed(app.database.db);
    return (await app.call("GET", `/events?after=${after}&limit=100`, { as: app.admin })).body;
  };

  it("is adopted with its unsealed entries", async () => {
    await file("Filed in the other cluster");
    await rewrite(`update audit_logs set xid = (xid::text::bigint + ${AHEAD})::text::xid8`);
    expect(await sealBatch(app.database.db, new Date())).toBe(0);
    expect(await adopt()).toBe(true);
    await allSealed(app.database.db);
    expect(await verifyLog(app.database.db)).toMatchObject({ valid: true, unsealed: 0 });
  });

  it("is adopted with its chain and with the entries after its end", async () => {
    const { db } = app.database;
    const cursor = (await feed("now")).nextCursor;
    await file("Sealed in the other cluster");
    await allSealed(db);
    await file("Not sealed when it was dumped");
    // As if only the rows had been restored, into tables that a migration made.
    await rewrite(
      "alter table audit_logs alter column xid set default pg_current_xact_id()",
      "update audit_head set xid_offset = 0",
    );
    const before = await verifyLog(db);
    expect(before).toMatchObject({ valid: false, fault: { problem: "entry_unsealed" } });
    expect(await adopt()).toBe(true);
    await allSealed(db);
    expect(await verifyLog(db)).toMatchObject({
      valid: true,
      entries: before.entries + 1,
      unsealed: 0,
    });
    // A reader resumes at its cursor of the other cluster.
    const { items } = await feed(cursor);
    expect(items.map(({ request }: { request: { title: string } }) => request.title)).toEqual([
      "Sealed in the other cluster",
      "Not sealed when it was dumped",
    ]);
  });

  it("is adopted when the tables come from a migration and the rows from a log that was adopted", async () => {
    const { db } = app.database;
    await allSealed(db);
    await rewrite("alter table audit_logs alter column xid set default pg_current_xact_id()");
    expect(await verifyLog(db)).toMatchObject({ fault: { problem: "head_mismatch" } });
    expect(await adopt()).toBe(true);
    await file("Filed after it");
    await allSealed(db);
    expect(await verifyLog(db)).toMatchObject({ valid: true, unsealed: 0, fault: null });
  });

  it("is adopted once, and sealing continues", async () => {
    const { db } = app.database;
    expect(await adopt()).toBe(false);
    await file("Filed in this cluster");
    expect(await sealStatus(db)).toMatchObject({ unsealed: 1 });
    expect(await sealBatch(db, new Date())).toBe(1);
    expect(await verifyLog(db)).toMatchObject({ valid: true, unsealed: 0, fault: null });
  });

  it("keeps the proof of an earlier build that took the transactions from its entries", async () => {
    const { db } = app.database;
    await rewrite(
      "update audit_logs set xid = '3'",
      `update audit_head set restored_to = position, xid = '3', seq = (select max(seq) from audit_logs)`,
    );
    await file("Filed after it");
    await allSealed(db);
    expect(await verifyLog(db)).toMatchObject({ valid: true, unsealed: 0, fault: null });
    await rewrite("update audit_logs set xid = '4' where seq = 2");
    expect(await verifyLog(db)).toMatchObject({ fault: { problem: "entry_moved" } });
    await rewrite("update audit_logs set xid = '3' where seq = 2");
  });

  it("is left alone by an entry that no cluster can have written, which stays detected", async () => {
    const { db } = app.database;
    await rewrite(
      `insert into audit_logs overriding system value select (jsonb_populate_record(a, jsonb_build_object(
         'id', gen_random_uuid(), 'seq', 100000, 'xid', '9000000000000000000'))).* from audit_logs a where seq = 3`,
    );
    expect(await adopt()).toBe(false);
    expect(await verifyLog(db)).toMatchObject({ fault: { problem: "entry_unsealed" } });
    await rewrite("delete from audit_logs where seq = 100000");
    expect(await verifyLog(db)).toMatchObject({ valid: true });
  });

  it("is still append-only, and changes are still detected", async () => {
    const { db } = app.database;
    await expect(runSql(db, "update audit_logs set internal = true")).rejects.toThrow(
      "append-only",
    );
    await rewrite("update audit_logs set internal = true where seq = 3");
    expect(await verifyLog(db)).toMatchObject({
      valid: false,
      fault: { problem: "entry_changed" },
    });
  });
});
