import { createHash, randomUUID } from "node:crypto";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  connectPostgres,
  createServices,
  type Database,
  formatApiKey,
  maskApiKey,
  migrate,
  openEmbedded,
  sealBatch,
  verifyLog,
} from "@serviceflow/server";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { migrate as migratePostgres } from "drizzle-orm/node-postgres/migrator";
import type { PgliteDatabase } from "drizzle-orm/pglite";
import { migrate as migrateEmbedded } from "drizzle-orm/pglite/migrator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "./harness/child-process.ts";
import { ENGINES, testLog } from "./harness/databases.ts";
import { databaseUrl, onServer } from "./harness/postgres.ts";
import { runSql } from "./harness/raw-sql.ts";
import { caller, fetchOf } from "./harness/test-app.ts";
import { workerPostgres } from "./harness/worker-postgres.ts";

const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));
/** The migrations up to the one that moved names, addresses and texts out of the log. */
const BEFORE = 2;

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
  const drop: (() => Promise<void>)[] = [];
  let db: Database;
  let url: string | null = null;
  const key = formatApiKey(new Uint8Array(32).fill(7));

  beforeAll(async () => {
    const folder = await temporaryFolder("plain");
    await cp(MIGRATIONS, folder, { recursive: true });
    const journal = join(folder, "meta/_journal.json");
    const read = JSON.parse(await readFile(journal, "utf8"));
    await writeFile(journal, JSON.stringify({ ...read, entries: read.entries.slice(0, BEFORE) }));
    if (engine === "postgres") {
      const server = workerPostgres().postgresUrl;
      const name = `plain_${randomUUID().replaceAll("-", "")}`;
      await onServer(server, (client) => client.query(`create database ${name}`));
      drop.push(async () => {
        await onServer(server, (client) => client.query(`drop database ${name}`));
      });
      url = databaseUrl(server, name);
      db = connectPostgres({ url, poolSize: 2, preparedStatements: true, log: testLog });
      const orm = db.orm as NodePgDatabase;
      await migratePostgres(orm, { migrationsFolder: folder });
    } else {
      db = await openEmbedded(null);
      const orm = db.orm as PgliteDatabase;
      await migrateEmbedded(orm, { migrationsFolder: folder });
    }
    drop.push(() => db.close());
    await fill();
    await migrate(db, url);
  });
  afterAll(async () => {
    for (const end of drop.reverse()) await end();
  });

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
