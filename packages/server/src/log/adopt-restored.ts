import { sql } from "drizzle-orm";
import type { Database, Query } from "../db/database.ts";
import { statement } from "../db/statement.ts";
import { ENTRY_COLUMNS, type EntryRow, type HeadRow, RESTORED_XID, readHead } from "./chain.ts";
import { sealRows } from "./seal.ts";
import { SEALER_LOCK } from "./sealer.ts";

const BATCH_SIZE = 1000;

/** The log holds transactions that this cluster has not come to yet: it was restored, and whoever started it may not mend it. */
export class LogNotAdopted extends Error {
  override readonly name = "LogNotAdopted";
}

const aheadOfCluster = statement(
  "audit_ahead",
  sql`
    select exists (
      select 1 from audit_logs where xid >= pg_snapshot_xmax(pg_current_snapshot())
    ) as "ahead", pg_has_role(tableowner, 'member') as "mayMend"
    from pg_tables where schemaname = current_schema() and tablename = 'audit_logs'`,
);

const lock = statement(
  "audit_adopt_lock",
  sql`select pg_advisory_xact_lock(${sql.placeholder("lock")}::bigint)`,
);

const leftUnsealed = statement(
  "audit_left_unsealed",
  sql`
    select ${ENTRY_COLUMNS} from audit_logs a left join requests r on r.id = a.service_request_id
    where not exists (select 1 from audit_seals s where s.entry_seq = a.seq)
    order by a.seq limit ${sql.placeholder("limit")}::int`,
);

const ADOPTION = [
  sql`alter table audit_logs disable trigger audit_logs_append_only`,
  sql`update audit_logs set xid = ${sql.raw(`'${RESTORED_XID}'`)}`,
  sql`alter table audit_logs enable always trigger audit_logs_append_only`,
  sql`
    update audit_head set xid = ${sql.raw(`'${RESTORED_XID}'`)}, restored_to = position,
      seq = coalesce((select max(seq) from audit_logs), 0)`,
].map((query) => statement(null, query));

/**
 * After a restore into another cluster the entries' transactions mean nothing, and those ahead of the cluster's own
 * would stay invisible to every reader of the log. Seals what the dump held unsealed, and marks all of it as older than
 * anything new; the chain keeps the transactions that wrote the entries.
 * @returns whether there was anything to adopt
 * @throws LogNotAdopted when the database's user does not own the log
 */
export async function adoptRestoredLog(db: Database, now: Date): Promise<boolean> {
  const [found] = await db.query<{ ahead: boolean; mayMend: boolean }>(aheadOfCluster);
  if (!found?.ahead) return false;
  if (!found.mayMend) {
    throw new LogNotAdopted(
      "The audit log was restored from another cluster. Run `serviceflow migrate` once as the owner of its tables.",
    );
  }
  return db.transaction(async (query) => {
    await query(lock, { lock: SEALER_LOCK });
    const [still] = await query<{ ahead: boolean }>(aheadOfCluster);
    if (!still?.ahead) return false;
    await sealRest(query, now);
    for (const step of ADOPTION) await query(step);
    return true;
  });
}

async function sealRest(query: Query, now: Date): Promise<void> {
  for (;;) {
    const [head] = await query<HeadRow>(readHead);
    const rows = await query<EntryRow>(leftUnsealed, { limit: BATCH_SIZE });
    if (!head || rows.length === 0) return;
    await sealRows(query, head, rows, now);
  }
}
