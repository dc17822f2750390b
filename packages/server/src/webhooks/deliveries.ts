import {
  type Delivery,
  type DeliveryStatus,
  EVENT_TYPES,
  type EventType,
  type ListDeliveriesInput,
  type Page,
  toPublicId,
  toUuid,
} from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { limitOf, readTextCursor, textCursor, toPage } from "../db/page.ts";
import { statement } from "../db/statement.ts";
import { toCursor } from "../events/cursor.ts";
import { toHex } from "../log/chain.ts";

const p = sql.placeholder;

interface DeliveryRow {
  seq: string;
  id: string;
  webhookId: string;
  position: string;
  hash: Uint8Array | null;
  eventId: string;
  eventType: EventType;
  status: DeliveryStatus;
  attempts: number;
  responseStatus: number | null;
  responseBody: string | null;
  error: string | null;
  durationMs: number | null;
  createdAt: Date;
  lastAttemptAt: Date | null;
  nextAttemptAt: Date | null;
}

const deliveries = statement(
  "webhook_deliveries",
  sql`
    select d.seq::text as "seq", d.id, d.webhook_id as "webhookId", d.position::text as "position", s.hash,
      d.event_id as "eventId", d.event_type as "eventType", d.status, d.attempts,
      d.response_status as "responseStatus", d.response_body as "responseBody", d.error,
      d.duration_ms as "durationMs", d.created_at as "createdAt", d.last_attempt_at as "lastAttemptAt",
      d.next_attempt_at as "nextAttemptAt"
    from webhook_deliveries d left join audit_seals s on s.position = d.position
    where d.webhook_id = ${p("webhook")}::uuid and d.seq < ${p("before")}::bigint
      and d.event_type = any(${p("types")}::text[]) and (${p("status")}::text is null or d.status = ${p("status")}::text)
    order by d.seq desc limit ${p("limit")}::int`,
);

const END = "9223372036854775807";

/** The deliveries to one webhook, newest first. */
export async function listDeliveries(
  db: Database,
  webhookId: string,
  input: ListDeliveriesInput,
): Promise<Page<Delivery>> {
  const limit = limitOf(input);
  const rows = await db.query<DeliveryRow>(deliveries, {
    webhook: toUuid("webhook", webhookId),
    before: readTextCursor(input.cursor, /^\d{1,18}$/) ?? END,
    status: input.status ?? null,
    // One that only a newer build knows is for that to show.
    types: EVENT_TYPES,
    limit: limit + 1,
  });
  return toPage(rows, limit, toDelivery, (row) => textCursor(row.seq));
}

function toDelivery(row: DeliveryRow): Delivery {
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
    createdAt: row.createdAt.toISOString(),
    lastAttemptAt: row.lastAttemptAt?.toISOString() ?? null,
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
  };
}
