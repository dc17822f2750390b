import { EVENT_TYPES, toPublicId } from "@serviceflow/domain";
import type { Database } from "../db/database.ts";
import { webhookDeliveries, webhooks } from "../db/schema.ts";
import { columns, p, type Row, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { IS_OWNED, WEBHOOK, WEBHOOK_PEOPLE } from "./columns.ts";

export const DUE = sql`
  ${webhookDeliveries.status} = 'PENDING' and ${webhookDeliveries.nextAttemptAt} <= now()
    and ${webhookDeliveries.eventType} = any(${p("types", "text[]")})`;

/** A delivery that is due, with what it takes to send it. */
const DUE_DELIVERY = {
  ...WEBHOOK,
  secret: webhooks.secret,
  oldSecret: webhooks.oldSecret,
  lease: value("uuid", sql`${webhooks.lease}`),
  leaseMs: value("float8", sql`extract(epoch from ${webhooks.leasedUntil} - now()) * 1000`),
  seq: webhookDeliveries.seq,
  deliveryId: webhookDeliveries.id,
  position: webhookDeliveries.position,
  eventId: webhookDeliveries.eventId,
  eventType: webhookDeliveries.eventType,
  attempts: webhookDeliveries.attempts,
};
export type DueDelivery = Row<typeof DUE_DELIVERY>;

const due = statement(
  "webhook_due",
  sql`
    select ${columns(DUE_DELIVERY)}
    from ${webhookDeliveries} join ${webhooks} on ${webhooks.id} = ${webhookDeliveries.webhookId}
    ${WEBHOOK_PEOPLE}
    where ${webhookDeliveries.webhookId} = ${p("webhook", "uuid")} and ${webhooks.active} and ${IS_OWNED}
      and ${webhooks.lease} = ${p("lease", "uuid")} and ${webhooks.leasedUntil} > now() and ${DUE}
    order by ${webhookDeliveries.seq} limit ${p("limit", "int")}`,
);

/**
 * What is due for a webhook that this process has leased, in the order of the feed. Event types that only a newer build
 * knows wait for one.
 */
export function dueDeliveries(
  db: Database,
  holder: string,
  webhookUuid: string,
  limit: number,
): Promise<DueDelivery[]> {
  return db.query(due, {
    webhook: webhookUuid,
    lease: holder,
    limit,
    types: EVENT_TYPES,
  });
}

/** `webhook-id` of a delivery. */
export function messageId(delivery: Pick<DueDelivery, "eventId">): string {
  return toPublicId("auditEntry", delivery.eventId);
}
