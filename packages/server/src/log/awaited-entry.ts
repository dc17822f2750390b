import { toPublicId } from "@serviceflow/domain";
import type { Reads } from "../db/database.ts";
import { auditLogs } from "../db/schema.ts";
import { columns, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { ENTRY } from "./chain-rows.ts";
import { UNSEALED } from "./sealer.ts";
import { subjectsOf } from "./subjects.ts";
import { SETTLED } from "./transactions.ts";

const next = statement(
  "audit_next_unsealed",
  sql`
    select ${columns({
      ...ENTRY,
      seconds: value("float8", sql`extract(epoch from now() - ${auditLogs.occurredAt})`),
    })}
    from ${auditLogs} where ${UNSEALED} and ${SETTLED}
    order by ${auditLogs.xid}, ${auditLogs.seq} limit 1`,
);

/** The entry that sealing waits at. */
export interface AwaitedEntry {
  /** `evt_...` */
  id: string;
  action: string;
  /** The public id of a comment, or the UUID of a request, which cannot be seen. */
  missing: string;
  /** Since it was written. */
  seconds: number;
}

/** The entry whose request or comment sealing waits for; null while it waits for none. */
export async function awaitedEntry(db: Reads): Promise<AwaitedEntry | null> {
  const [row] = await db.query(next);
  if (!row) return null;
  const missing = (await subjectsOf(db.query, [row])).missing(row);
  if (missing === null) return null;
  const { id, action, seconds } = row;
  return { id: toPublicId("auditEntry", id), action, missing, seconds };
}
