import { adoptRestoredLog, sealBatch, sealStatus, verifyLog } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { ENGINES } from "./harness/databases.ts";
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
  const adopt = () => adoptRestoredLog(app.database.db, new Date());

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

  it("is adopted with its unsealed entries", async () => {
    await file("Filed in the other cluster");
    await rewrite(`update audit_logs set xid = (xid::text::bigint + ${AHEAD})::text::xid8`);
    expect(await sealBatch(app.database.db, new Date())).toBe(0);
    expect(await adopt()).toBe(true);
    expect(await verifyLog(app.database.db)).toMatchObject({ valid: true, unsealed: 0 });
  });

  const feed = async (after: string) => {
    await allSealed(app.database.db);
    return (await app.call("GET", `/events?after=${after}&limit=100`, { as: app.admin })).body;
  };

  it("is adopted with its chain and with the entries after its end", async () => {
    const { db } = app.database;
    const cursor = (await feed("now")).nextCursor;
    await file("Sealed in the other cluster");
    await allSealed(db);
    await file("Not sealed when it was dumped");
    await rewrite(
      "update audit_logs a set xid = s.transaction from audit_seals s where s.entry_seq = a.seq",
      `update audit_logs set xid = '${AHEAD}0' where seq = (select max(seq) from audit_logs)`,
      `update audit_head set restored_to = 0, xid = s.transaction, seq = s.entry_seq
       from audit_seals s where s.position = audit_head.position`,
    );
    const before = await verifyLog(db);
    expect(before).toMatchObject({ valid: false, fault: { problem: "entry_unsealed" } });
    expect(await adopt()).toBe(true);
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

  it("is adopted once, and sealing continues", async () => {
    const { db } = app.database;
    expect(await adopt()).toBe(false);
    await file("Filed in this cluster");
    expect(await sealStatus(db)).toMatchObject({ unsealed: 1 });
    expect(await sealBatch(db, new Date())).toBe(1);
    expect(await verifyLog(db)).toMatchObject({ valid: true, unsealed: 0, fault: null });
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
