import type { Database } from "../db/database.ts";
import { apiKeys, users } from "../db/schema.ts";
import { columns, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";

/** Whether a key works at `now`. Written as the index on it has it. */
export const worksNow = sql`
  coalesce(least(${apiKeys.revokedAt}, ${apiKeys.expiresAt}), 'infinity') > ${p("now", "timestamptz")}`;

/**
 * Whether an administrator can act with a key, and go on to. One that was revoked, perhaps by a replica whose clock is
 * ahead, or that is in its overlap, does not count, and no session does.
 */
export const isAdminKey = sql`
  'admin' = any(${apiKeys.scopes}) and ${apiKeys.sessionFrom} is null
    and ${apiKeys.revokedAt} is null and ${worksNow}`;

/** The keys with which an administrator can act. */
export const adminKeys = sql`
  ${users} join ${apiKeys} on ${apiKeys.userId} = ${users.id}
  where ${users.role} = 'ADMIN' and ${users.active} and ${isAdminKey}`;

const adminKeyExists = statement(
  null,
  sql`select ${columns({
    exists: value("boolean", sql`exists (select 1 from ${adminKeys})`),
  })}`,
);

/** Whether an administrator has a key that works at that time, as things are. */
export async function hasAdminKey(db: Database, at: Date): Promise<boolean> {
  const [row] = await db.query(adminKeyExists, { now: at.toISOString() });
  return row?.exists === true;
}
