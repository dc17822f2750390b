import { createHash, randomUUID } from "node:crypto";
import {
  createServices,
  type Database,
  formatApiKey,
  maskApiKey,
  migrate,
  sealBatch,
  verifyLog,
} from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES, type TestDatabase, testLog } from "./harness/databases.ts";
import { oldDatabase } from "./harness/old-database.ts";
import { runSql } from "./harness/raw-sql.ts";
import { caller, fetchOf } from "./harness/test-app.ts";

const ENTRIES = [
  {
    action: "user.updated",
    subject_type: "user",
    subject_id: "usr_1",
    changes: {
      fullName: { from: 'Zoë "Z" O\'Neil', to: "Зоя \\ 🙂" },
      active: { from: true, to: false },
    },
    reason: null,
    client_address: "203.0.113.5",
    user_agent: "curl/8 \u007f </script>",
  },
  {
    action: "comment.created",
    subject_type: "comment",
    subject_id: "cmt_1",
    changes: {
      visibility: { from: null, to: "PUBLIC" },
      body: { from: null, to: "a\nb\tc\r\n/é" },
    },
    reason: "Two\nlines",
    client_address: null,
    user_agent: null,
  },
  {
    action: "request.claimed",
    subject_type: "request",
    subject_id: "SF-1",
    changes: {},
    reason: null,
    client_address: null,
    user_agent: "",
  },
];

describe.each(ENGINES)("the migration of plain values out of the log on %s", (engine) => {
  let database: TestDatabase;
  let db: Database;
  const key = formatApiKey(new Uint8Array(32).fill(7));

  beforeAll(async () => {
    database = await oldDatabase(engine, "sealed_log");
    db = database.db;
    await fill();
    await migrate(db, database.url);
  });
  afterAll(() => database.drop());

  async function fill(): Promise<void> {
    const userId = randomUUID();
    await runSql(
      db,
      `insert into users (id, email, full_name, role, kind, created_at)
       values ($1, 'ada@example.com', 'Ada', 'ADMIN', 'HUMAN', now())`,
      [userId],
    );
    const { prefix, lastFour } = maskApiKey(key);
    const hash = createHash("sha256").update(key).digest();
    await runSql(
      db,
      `insert into api_keys (id, user_id, name, hash, prefix, last_four, scopes, created_at)
       values ($1, $2, 'k', $3, $4, $5, '{admin}', now())`,
      [randomUUID(), userId, hash, prefix, lastFour],
    );
    for (const entry of ENTRIES) {
      await runSql(
        db,
        `insert into audit_logs (id, action, subject_type, subject_id, changes, reason, internal, request_id,
           client_address, user_agent, occurred_at)
         values ($1, $2, $3, $4, $5, $6, false, 'r', $7, $8, now())`,
        [
          randomUUID(),
          entry.action,
          entry.subject_type,
          entry.subject_id,
          JSON.stringify(entry.changes),
          entry.reason,
          entry.client_address,
          entry.user_agent,
        ],
      );
    }
  }

  it("keeps what the log shows", async () => {
    const call = caller(fetchOf(createServices(db, testLog).services));
    const as = { id: "", fullName: "", key };
    const { status, body } = await call("GET", "/audit-logs", { as });
    expect(status).toBe(200);
    const shown = body.items.reverse().map((item: Record<string, unknown>) => ({
      action: item.action,
      changes: item.changes,
      reason: item.reason,
      client_address: item.clientAddress,
      user_agent: item.userAgent,
    }));
    const expected = ENTRIES.map(({ subject_type: _, subject_id: __, ...entry }) => entry);
    expect(shown).toEqual(expected);
  });

  it("replaces them with commitments that verify once sealed", async () => {
    const raw = JSON.stringify(await runSql(db, "select * from audit_logs"));
    for (const text of ["Zoë", "Зоя", "203.0.113.5", "curl", "lines"]) {
      expect(raw).not.toContain(text);
    }
    expect(await sealBatch(db, new Date())).toBe(ENTRIES.length);
    expect(await verifyLog(db)).toMatchObject({ valid: true, fault: null, erasedValues: 0 });
  });

  it("keeps the log append-only", async () => {
    await expect(runSql(db, "update audit_logs set internal = true")).rejects.toThrow(
      "append-only",
    );
    await expect(runSql(db, "delete from audit_seals")).rejects.toThrow("append-only");
    await expect(runSql(db, "truncate audit_head")).rejects.toThrow("append-only");
  });
});
