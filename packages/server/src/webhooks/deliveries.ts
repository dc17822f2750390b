import {
  type Delivery,
  EVENT_TYPES,
  type ListDeliveriesInput,
  type Page,
  toPublicId,
} from "@serviceflow/domain";
import type { Database } from "../db/database.ts";
import { uuidOf } from "../db/ids.ts";
import { limitOf, readSeqCursor, textCursor, toPage } from "../db/page.ts";
import { auditSeals, webhookDeliveries } from "../db/schema.ts";
import { columns, maybe, p, type Row, sql } from "../db/sql.ts";
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

const status = p("status", "text?");

const deliveries = statement(
  "webhook_deliveries",
  sql`
    select ${columns(DELIVERY)}
    from ${webhookDeliveries} left join ${auditSeals} on ${auditSeals.position} = ${webhookDeliveries.position}
    where ${webhookDeliveries.webhookId} = ${p("webhook", "uuid")}
      and ${webhookDeliveries.seq} < ${p("before", "bigint")}
      and ${webhookDeliveries.eventType} = any(${p("types", "text[]")})
      and (${status} is null or ${webhookDeliveries.status} = ${status})
    order by ${webhookDeliveries.seq} desc limit ${p("limit", "int")}`,
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

function toDelivery(row: Row<typeof DELIVERY>): Delivery {
  const { eventType, status, attempts, responseStatus, responseBody, error, durationMs } = row;
  return {
    id: toPublicId("delivery", row.id),
    webhookId: toPublicId("webhook", row.webhookId),
    eventId: toPublicId("auditEntry", row.eventId),
    eventType,
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
