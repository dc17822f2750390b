import { alias } from "drizzle-orm/pg-core";
import type { Database } from "../db/database.ts";
import { auditHead, webhookDeliveries, webhooks } from "../db/schema.ts";
import { columns, type Row, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";

const oldest = alias(webhookDeliveries, "oldest");

const BACKLOG = {
  /** Webhooks that the server has disabled. */
  disabled: value(
    "int",
    sql`(select count(*) from ${webhooks} where not ${webhooks.active} and ${webhooks.disabledBecause} is not null)`,
  ),
  /** Age of the oldest pending delivery to an active webhook; 0 without one. */
  oldestSeconds: value(
    "float8",
    sql`coalesce((
      select extract(epoch from now() - min(${oldest.createdAt})) from ${webhooks}
      cross join lateral (
        select ${webhookDeliveries.createdAt} from ${webhookDeliveries}
        where ${webhookDeliveries.webhookId} = ${webhooks.id} and ${webhookDeliveries.status} = 'PENDING'
        order by ${webhookDeliveries.seq} limit 1
      ) as ${oldest}
      where ${webhooks.active}), 0)`,
  ),
  /** Sealed entries that the slowest active webhook has not been looked through for. */
  unqueued: value(
    "float8",
    sql`coalesce((
      select max(${auditHead.position} - ${webhooks.position}) from ${webhooks} cross join ${auditHead}
      where ${webhooks.active}), 0)`,
  ),
};

const backlog = statement(null, sql`select ${columns(BACKLOG)}`);

/** What waits to be sent. */
export async function webhookBacklog(db: Database): Promise<Row<typeof BACKLOG>> {
  const [row] = await db.query(backlog);
  if (!row) throw new Error("A select without a table has one row.");
  return row;
}
