import { getTableName } from "drizzle-orm";
import type { Database, Query } from "../db/database.ts";
import { auditHead, auditLogs, auditSeals } from "../db/schema.ts";
import { columns, literal, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { set } from "../db/write.ts";
import { sealRows } from "./append-seals.ts";
import { ENTRY, ENTRY_REQUEST, RESTORED_XID, readHead } from "./chain-rows.ts";
import { SEALER_LOCK } from "./sealer.ts";

const BATCH_SIZE = 1000;

/** The log was restored from another cluster, and the database's user does not own it and cannot adopt it. */
export class LogNotAdopted extends Error {
  override readonly name = "LogNotAdopted";
}

const aheadOfCluster = statement(
  "audit_ahead",
  sql`
    select ${columns({
      ahead: value(
        "boolean",
        sql`exists (
          select 1 from ${auditLogs} where ${auditLogs.xid} >= pg_snapshot_xmax(pg_current_snapshot())
        )`,
      ),
      ownsLog: value("boolean", sql`pg_has_role(tableowner, 'member')`),
    })}
    from pg_tables where schemaname = current_schema() and tablename = ${literal(getTableName(auditLogs))}`,
);

const lock = statement(
  "audit_adopt_lock",
  sql`select pg_advisory_xact_lock(${p("lock", "bigint")})`,
);

const leftUnsealed = statement(
  "audit_left_unsealed",
  sql`
    select ${columns(ENTRY)} from ${auditLogs} ${ENTRY_REQUEST}
    where not exists (select 1 from ${auditSeals} where ${auditSeals.entrySeq} = ${auditLogs.seq})
    order by ${auditLogs.seq} limit ${p("limit", "int")}`,
);

const RESTORED = literal(RESTORED_XID);

const ADOPTION = [
  sql`alter table ${auditLogs} disable trigger audit_logs_append_only`,
  sql`update ${auditLogs} set ${set(auditLogs, { xid: RESTORED })}`,
  sql`alter table ${auditLogs} enable always trigger audit_logs_append_only`,
  sql`
    update ${auditHead} set ${set(auditHead, {
      xid: RESTORED,
      restoredTo: auditHead.position,
      seq: sql`coalesce((select max(${auditLogs.seq}) from ${auditLogs}), 0)`,
    })}`,
].map((query) => statement(null, query));

/**
 * After a restore into another cluster the entries' transactions mean nothing, and those ahead of the cluster's own
 * would stay invisible to every reader of the log. Seals what the dump held unsealed, and marks all of it as older than
 * anything new; the chain keeps the transactions that wrote the entries.
 * @returns whether there was anything to adopt
 * @throws LogNotAdopted when the database's user does not own the log
 */
export async function adoptRestoredLog(db: Database, now: Date): Promise<boolean> {
  const [found] = await db.query(aheadOfCluster);
  if (!found?.ahead) return false;
  if (!found.ownsLog) {
    throw new LogNotAdopted(
      "The audit log was restored from another cluster. Run `serviceflow migrate` once as the owner of its tables.",
    );
  }
  return db.transaction(async (query) => {
    await query(lock, { lock: SEALER_LOCK });
    const [still] = await query(aheadOfCluster);
    if (!still?.ahead) return false;
    await sealRest(query, now);
    for (const step of ADOPTION) await query(step);
    return true;
  });
}

async function sealRest(query: Query, now: Date): Promise<void> {
  for (;;) {
    const [head] = await query(readHead);
    const rows = await query(leftUnsealed, { limit: BATCH_SIZE });
    if (!head || rows.length === 0) return;
    await sealRows(query, head, rows, now);
  }
}
