import type { Database } from "../db/database.ts";
import { columns, p, type Row, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";

const MAX_SHOWN = 5;

const HOLDER = {
  /** `session` or `prepared`. */
  kind: value("text", sql`kind`),
  /** Of a session. */
  pid: value("int?", sql`pid`),
  transaction: value("text", sql`transaction::text`),
  /** Since when it runs; null: the server may not see it. */
  seconds: value("float8?", sql`extract(epoch from clock_timestamp() - began)`),
  /** Of a session: `active`, `idle in transaction`; null: the server may not see it. */
  state: value("text?", sql`state`),
  /** The application of a session, or the name of a prepared transaction. */
  label: value("text?", sql`label`),
  role: value("text?", sql`role`),
  database: value("text?", sql`database`),
};
/** A transaction of the cluster that has written and not ended. */
export type SnapshotHolder = Row<typeof HOLDER>;

// Only what has written has a transaction id, and holds the sealer back, in whichever database of the cluster.
const holders = statement(
  null,
  sql`
    select ${columns(HOLDER)} from (
      select 'session' as kind, pid, backend_xid as transaction, xact_start as began, state,
        application_name as label, usename as role, datname as database
      from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()
      union all
      select 'prepared', null, transaction, prepared, 'prepared', gid, owner, database
      from pg_prepared_xacts
    ) as holders
    order by age(transaction) desc limit ${p("limit", "int")}`,
);

/** The oldest transactions that hold back what is sealed: nothing that began after them can be, until they end. */
export function snapshotHolders(db: Database): Promise<SnapshotHolder[]> {
  return db.query(holders, { limit: MAX_SHOWN });
}
