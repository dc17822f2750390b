import { alias } from "drizzle-orm/pg-core";
import type { Database } from "../db/database.ts";
import { inBatches } from "../db/in-batches.ts";
import { webhookDeliveries, webhooks } from "../db/schema.ts";
import { columns, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";

const BATCH_SIZE = 2_000;

const page = alias(webhookDeliveries, "page");
const ended = alias(webhookDeliveries, "ended");

// Pages over pending deliveries too, or a statement would look through all of them for the next that has ended.
const removeOld = statement(
  "webhook_deliveries_remove",
  sql`
    with ${page} as (
      select ${webhookDeliveries.seq}, ${webhookDeliveries.createdAt} from ${webhookDeliveries}
      where (${webhookDeliveries.createdAt}, ${webhookDeliveries.seq})
          > (${p("afterTime", "timestamptz")}, ${p("afterSeq", "bigint")})
        and ${webhookDeliveries.createdAt} < now() - interval '30 days'
      order by ${webhookDeliveries.createdAt}, ${webhookDeliveries.seq} limit ${p("limit", "int")}
    ), ${ended} as (
      select ${webhookDeliveries.seq} from ${webhookDeliveries}
      join ${page} on ${page.seq} = ${webhookDeliveries.seq}
      where ${webhookDeliveries.status} <> 'PENDING'
      for update of ${webhookDeliveries} skip locked
    ), removed as (
      delete from ${webhookDeliveries} using ${ended} where ${webhookDeliveries.seq} = ${ended.seq}
    )
    select ${columns({
      count: value("int", sql`count(*) over ()`),
      time: page.createdAt,
      seq: page.seq,
    })}
    from ${page} order by ${page.createdAt} desc, ${page.seq} desc limit 1`,
);

const one = alias(webhookDeliveries, "one");
const next = alias(webhookDeliveries, "next");

// From one webhook to the next by the index: there are few of them, and many deliveries to each.
const deleted = statement(
  "webhook_deliveries_deleted",
  sql`
    with recursive ${one} as (
      (
        select ${webhookDeliveries.webhookId} from ${webhookDeliveries}
        order by ${webhookDeliveries.webhookId} limit 1
      )
      union all
      select (
        select ${next.webhookId} from ${webhookDeliveries} as ${next} where ${next.webhookId} > ${one.webhookId}
        order by ${next.webhookId} limit 1
      )
      from ${one} where ${one.webhookId} is not null
    )
    select ${columns({ id: one.webhookId })} from ${one}
    where ${one.webhookId} is not null
      and not exists (select 1 from ${webhooks} where ${webhooks.id} = ${one.webhookId})`,
);

const WEBHOOK = p("webhook", "uuid");

// With `webhook_id = ` PostgreSQL could look for its last deliveries among those of all webhooks, by their number.
const removeOfWebhook = statement(
  "webhook_deliveries_remove_deleted",
  sql`
    with ${ended} as (
      select ${webhookDeliveries.seq} from ${webhookDeliveries}
      where (${webhookDeliveries.webhookId}, ${webhookDeliveries.seq}) > (${WEBHOOK}, ${p("after", "bigint")})
        and ${webhookDeliveries.webhookId} <= ${WEBHOOK}
      order by ${webhookDeliveries.webhookId}, ${webhookDeliveries.seq} limit ${p("limit", "int")}
      for update skip locked
    ), removed as (
      delete from ${webhookDeliveries} using ${ended} where ${webhookDeliveries.seq} = ${ended.seq}
    )
    select ${columns({
      count: value("int", sql`count(*)`),
      last: value("text?", sql`max(${ended.seq})`),
    })}
    from ${ended}`,
);

/** Removes the deliveries of webhooks that were deleted, in batches. @throws the reason of `stop`, between two of them */
export async function removeDeliveriesOfDeleted(db: Database, stop: AbortSignal): Promise<void> {
  for (const { id } of await db.query(deleted)) {
    await inBatches<string>(async (after) => {
      const values = { webhook: id, after: after ?? "0", limit: BATCH_SIZE };
      const [removed] = await db.query(removeOfWebhook, values);
      return removed?.count === BATCH_SIZE ? removed.last : null;
    }, stop);
  }
}

interface Place {
  time: Date | string;
  seq: string;
}

const START: Place = { time: "-infinity", seq: "0" };

/** Removes deliveries that ended over 30 days ago, in batches. @throws the reason of `stop`, between two of them */
export function removeOldDeliveries(db: Database, stop: AbortSignal): Promise<void> {
  return inBatches<Place>(async (after) => {
    const { time, seq } = after ?? START;
    const [last] = await db.query(removeOld, { afterTime: time, afterSeq: seq, limit: BATCH_SIZE });
    return last?.count === BATCH_SIZE ? last : null;
  }, stop);
}
