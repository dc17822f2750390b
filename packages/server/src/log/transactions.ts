import { getTableName } from "drizzle-orm";
import { auditHead, auditLogs } from "../db/schema.ts";
import { literal, type Sql, sql } from "../db/sql.ts";

/**
 * The transaction ids of entries are those of this cluster plus an offset: in a log that was restored from another
 * cluster they count on from that one's.
 */
export const XID_OFFSET = sql`(select ${auditHead.xidOffset} from ${auditHead})`;

const asInLog = (xid: Sql) => sql`(${xid}::text::bigint + ${XID_OFFSET})::text::xid8`;

const OLDEST_RUNNING = asInLog(sql`pg_snapshot_xmin(pg_current_snapshot())`);

/** The first transaction id that this cluster has not given out yet, as entries name it. */
export const NEXT_XID = asInLog(sql`pg_snapshot_xmax(pg_current_snapshot())`);

/** A transaction that began before this one may still commit entries; none that has ended can. */
export const SETTLED = sql`${auditLogs.xid} < ${OLDEST_RUNNING}`;

/** What the default of an entry's transaction adds to that of this cluster: a quoted number, as PostgreSQL prints it. */
export const DEFAULT_OFFSET = sql`(
  select coalesce(substring(pg_get_expr(adbin, adrelid) from '''([0-9]{1,18})'''), '0')::bigint
  from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum
  where adrelid = ${literal(getTableName(auditLogs))}::regclass and attname = ${literal(auditLogs.xid.name)})`;
