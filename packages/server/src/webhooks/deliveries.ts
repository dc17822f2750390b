import {
  type Delivery,
  type DeliveryAttempt,
  type DeliveryWithAttempts,
  DomainError,
  EVENT_TYPES,
  type ListDeliveriesInput,
  type Page,
  toPublicId,
  toRequestId,
  toUuid,
} from "@serviceflow/domain";
import type { Database } from "../db/database.ts";
import { uuidOf } from "../db/ids.ts";
import { limitOf, readSeqCursor, textCursor, toPage } from "../db/page.ts";
import {
  auditLogs,
  auditSeals,
  requests,
  webhookAttempts,
  webhookDeliveries,
  webhooks,
} from "../db/schema.ts";
import { columns, json, maybe, p, type Row, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { toCursor } from "../events/cursor.ts";
import { toHex } from "../log/chain-rows.ts";

const DELIVERY = {
  seq: webhookDeliveries.seq,
  id: webhookDeliveries.id,
  webhookId: webhookDeliveries.webhookId,
  position: webhookDeliveries.position,
  hash: maybe(auditSeals.hash),
  eventId: webhookDeliveries.eventId,
  eventType: webhookDeliveries.eventType,
  requestNumber: maybe(requests.number),
  status: webhookDeliveries.status,
  attempts: webhookDeliveries.attempts,
  responseStatus: webhookDeliveries.responseStatus,
  responseBody: webhookDeliveries.responseBody,
  error: webhookDeliveries.error,
  durationMs: webhookDeliveries.durationMs,
  createdAt: webhookDeliveries.createdAt,
  lastAttemptAt: webhookDeliveries.lastAttemptAt,
  nextAttemptAt: webhookDeliveries.nextAttemptAt,
};

const withEntry = sql`
  left join ${auditSeals} on ${auditSeals.position} = ${webhookDeliveries.position}
  left join ${auditLogs} on ${auditLogs.seq} = ${auditSeals.entrySeq}
  left join ${requests} on ${requests.id} = ${auditLogs.serviceRequestId}`;

const status = p("status", "text?");

const deliveries = statement(
  "webhook_deliveries",
  sql`
    select ${columns(DELIVERY)}
    from (
      select * from ${webhookDeliveries}
      where ${webhookDeliveries.webhookId} = ${p("webhook", "uuid")}
        and ${webhookDeliveries.seq} < ${p("before", "bigint")}
        and ${webhookDeliveries.eventType} = any(${p("types", "text[]")})
        and (${status} is null or ${webhookDeliveries.status} = ${status})
      order by ${webhookDeliveries.seq} desc limit ${p("limit", "int")}
    ) as ${webhookDeliveries}
    ${withEntry}
    order by ${webhookDeliveries.seq} desc`,
);

/** The deliveries to one webhook, newest first. */
export async function listDeliveries(
  db: Database,
  webhookId: string,
  input: ListDeliveriesInput,
): Promise<Page<Delivery>> {
  const limit = limitOf(input);
  const rows = await db.query(deliveries, {
    webhook: uuidOf("webhook", webhookId),
    before: readSeqCursor(input.cursor),
    status: input.status ?? null,
    // Event types that only a newer build knows are left to it.
    types: EVENT_TYPES,
    limit: limit + 1,
  });
  return toPage(rows, limit, toDelivery, (row) => textCursor(row.seq));
}

const HISTORY = {
  ...DELIVERY,
  occurredAt: maybe(auditLogs.occurredAt),
  history: json<DeliveryAttempt[]>(sql`(
    select coalesce(json_agg(
      json_build_object(
        'number', ${webhookAttempts.number}, 'endedAt', ${webhookAttempts.endedAt},
        'durationMs', ${webhookAttempts.durationMs},
        'responseStatus', ${webhookAttempts.responseStatus}, 'error', ${webhookAttempts.error})
      order by ${webhookAttempts.number}), '[]')
    from ${webhookAttempts} where ${webhookAttempts.deliverySeq} = ${webhookDeliveries.seq})`),
};

const byId = statement(
  "webhook_delivery",
  sql`
    select ${columns(HISTORY)}
    from ${webhookDeliveries} ${withEntry}
    join ${webhooks} on ${webhooks.id} = ${webhookDeliveries.webhookId}
    where ${webhookDeliveries.id} = ${p("id", "uuid")} and ${webhookDeliveries.webhookId} = ${p("webhook", "uuid")}
      and ${webhookDeliveries.eventType} = any(${p("types", "text[]")})`,
);

/**
 * A delivery with each of its attempts.
 * @throws DomainError `not_found`
 */
export async function getDelivery(
  db: Database,
  { id, deliveryId }: { id: string; deliveryId: string },
): Promise<DeliveryWithAttempts> {
  const [uuid, webhook] = [toUuid("delivery", deliveryId), toUuid("webhook", id)];
  const [row] =
    uuid === null || webhook === null
      ? []
      : await db.query(byId, { id: uuid, webhook, types: EVENT_TYPES });
  if (!row) throw new DomainError("not_found", "There is no such delivery that you can see.");
  const history = row.history.map(({ endedAt, ...attempt }) => ({
    ...attempt,
    endedAt: new Date(endedAt).toISOString(),
  }));
  return { ...toDelivery(row), occurredAt: row.occurredAt, history };
}

function toDelivery(row: Row<typeof DELIVERY>): Delivery {
  const { eventType, status, attempts, responseStatus, responseBody, error, durationMs } = row;
  return {
    id: toPublicId("delivery", row.id),
    webhookId: toPublicId("webhook", row.webhookId),
    eventId: toPublicId("auditEntry", row.eventId),
    eventType,
    serviceRequestId: row.requestNumber === null ? null : toRequestId(row.requestNumber),
    cursor: toCursor({ position: Number(row.position), hash: row.hash ? toHex(row.hash) : "" }),
    status,
    attempts,
    responseStatus,
    responseBody,
    error,
    durationMs,
    createdAt: row.createdAt,
    lastAttemptAt: row.lastAttemptAt,
    nextAttemptAt: row.nextAttemptAt,
  };
}
