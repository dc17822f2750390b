import { randomUUID } from "node:crypto";
import {
  type Anchor,
  type DisabledBecause,
  disableWebhook,
  EVENT_TYPES,
  type EventType,
  toPublicId,
  toUuid,
  type Webhook,
  wantsEvent,
} from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import type { Services } from "../context.ts";
import type { Database } from "../db/database.ts";
import { statement } from "../db/statement.ts";
import { uuidv7 } from "../db/uuidv7.ts";
import { type EventOutline, type FeedSlice, readOutlines } from "../events/store.ts";
import { recordedFrom, recordedValues } from "../log/append.ts";
import { sealBatch } from "../log/sealer.ts";
import type { Secrets } from "./secret.ts";
import type { Sent } from "./send.ts";
import { toWebhook, WEBHOOK_COLUMNS, type WebhookColumns } from "./store.ts";

/** The deliveries table is the queue. Its clock is the database's, the same for every replica. */

const p = sql.placeholder;
const QUEUED_AT_ONCE = 1_000;

interface ActiveRow extends WebhookColumns {
  position: string;
}

const active = statement(
  "webhooks_active",
  sql`select ${WEBHOOK_COLUMNS}, w.position::text as "position" from webhooks w where w.active`,
);

// Of replicas that come to the same slice, one moves the webhook on, and only that one queues.
const enqueue = statement(
  "webhook_enqueue",
  sql`
    with moved as (
      update webhooks set position = ${p("to")}::bigint
      where id = ${p("webhook")}::uuid and position = ${p("from")}::bigint and version = ${p("version")}::int and active
      returning id
    ), queued as (
      insert into webhook_deliveries (id, webhook_id, position, event_id, event_type, created_at, next_attempt_at)
      select item.id, moved.id, item.position, item.event, item.type, now(), now()
      from moved, unnest(${p("ids")}::uuid[], ${p("positions")}::bigint[], ${p("events")}::uuid[],
        ${p("types")}::text[]) with ordinality as item (id, position, event, type, place)
      order by item.place
      returning 1
    )
    select count(*)::int as "count" from queued`,
);

/**
 * Queues for each active webhook what has happened since it was last looked at, a slice of it.
 * @returns whether there is more
 */
export async function queueDeliveries({
  db,
  clock,
  random,
}: Pick<Services, "db" | "clock" | "random">): Promise<boolean> {
  const rows = await db.query<ActiveRow>(active);
  if (rows.length === 0) return false;
  await sealBatch(db, clock());
  const slices = new Map<string, FeedSlice<EventOutline>>();
  let more = false;
  for (const row of rows) {
    const from: Anchor = { position: Number(row.position), hash: "" };
    const slice = slices.get(row.position) ?? (await readOutlines(db, from, QUEUED_AT_ONCE));
    slices.set(row.position, slice);
    if (slice.end.position === from.position) continue;
    more ||= slice.end.position - from.position >= QUEUED_AT_ONCE;
    const webhook = toWebhook(row);
    const wanted = slice.items.filter((event) => wantsEvent(webhook, event));
    await db.query(enqueue, {
      webhook: row.id,
      version: row.version,
      from: row.position,
      to: slice.end.position,
      ids: wanted.map(() => uuidv7(Date.now(), random(10))),
      positions: wanted.map(({ position }) => position),
      events: wanted.map(({ uuid }) => uuid),
      types: wanted.map(({ type }) => type),
    });
  }
  return more;
}

const LEASED_UNTIL = sql`now() + ${p("leaseMs")}::int * interval '1 millisecond'`;

const lease = statement(
  "webhook_lease",
  sql`
    with due as (
      select w.id from webhooks w
      where w.active and (w.leased_until is null or w.leased_until < now()) and exists (
        select 1 from webhook_deliveries d
        where d.webhook_id = w.id and d.status = 'PENDING' and d.next_attempt_at <= now()
          and d.event_type = any(${p("types")}::text[])
      )
      for update of w skip locked
    )
    update webhooks w set lease = ${p("lease")}::uuid, leased_until = ${LEASED_UNTIL}
    from due where w.id = due.id returning w.id`,
);

/** Takes the webhooks that have something due and that no process sends to: one process sends to each, in order. */
export async function leaseDue(db: Database, lessee: string, leaseMs: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(lease, {
    lease: lessee,
    leaseMs,
    types: EVENT_TYPES,
  });
  return rows.map(({ id }) => id);
}

const renew = statement(
  "webhook_lease_renew",
  sql`
    update webhooks w set leased_until = ${LEASED_UNTIL}
    from unnest(${p("ids")}::uuid[], ${p("leases")}::uuid[]) as held (id, lease)
    where w.id = held.id and w.lease = held.lease`,
);

/** @param lessees of each of the webhooks */
export async function renewLeases(
  db: Database,
  ids: readonly string[],
  lessees: readonly string[],
  leaseMs: number,
): Promise<void> {
  await db.query(renew, { ids, leases: lessees, leaseMs });
}

const giveBack = statement(
  "webhook_lease_end",
  sql`
    update webhooks set lease = null, leased_until = null
    where id = ${p("webhook")}::uuid and lease = ${p("lease")}::uuid`,
);

export async function endLease(db: Database, lessee: string, webhookUuid: string): Promise<void> {
  await db.query(giveBack, { webhook: webhookUuid, lease: lessee });
}

/** A delivery that is due, with what it takes to send it. */
export interface DueDelivery extends WebhookColumns, Secrets {
  seq: string;
  position: string;
  eventId: string;
  eventType: EventType;
  attempts: number;
}

const due = statement(
  "webhook_due",
  sql`
    select d.seq::text as "seq", d.position::text as "position", d.event_id as "eventId",
      d.event_type as "eventType", d.attempts, w.secret, w.old_secret as "oldSecret", ${WEBHOOK_COLUMNS}
    from webhook_deliveries d join webhooks w on w.id = d.webhook_id
    where d.webhook_id = ${p("webhook")}::uuid and w.active and w.lease = ${p("lease")}::uuid
      and w.leased_until > now() and d.status = 'PENDING' and d.next_attempt_at <= now()
      and d.event_type = any(${p("types")}::text[])
    order by d.seq limit ${p("limit")}::int`,
);

/**
 * What is due for a webhook that this process has leased, in the order of the feed. What only a newer build knows waits
 * for one.
 */
export function dueDeliveries(
  db: Database,
  lessee: string,
  webhookUuid: string,
  limit: number,
): Promise<DueDelivery[]> {
  return db.query<DueDelivery>(due, {
    webhook: webhookUuid,
    lease: lessee,
    limit,
    types: EVENT_TYPES,
  });
}

// A delivery that a replay has replaced in the meantime stays so.
const finish = statement(
  "webhook_finish",
  sql`
    with attempted as (
      update webhook_deliveries set status = ${p("status")}::text, attempts = ${p("attempts")}::int,
        response_status = ${p("responseStatus")}::int, response_body = ${p("responseBody")}::text,
        error = ${p("error")}::text, duration_ms = ${p("durationMs")}::int, last_attempt_at = now(),
        next_attempt_at = now() + ${p("delayMs")}::int * interval '1 millisecond'
      where seq = ${p("seq")}::bigint and status = 'PENDING' and attempts = ${p("attempts")}::int - 1
    )
    update webhooks set failing_since = case when ${p("failed")}::boolean then now() end
    where id = ${p("webhook")}::uuid and (failing_since is not null) <> ${p("failed")}::boolean`,
);

/**
 * Writes down how an attempt ended. `delayMs` is until the next one; null: there is none. `failed` is what it says of the
 * endpoint; null: nothing.
 */
export async function finishAttempt(
  db: Database,
  delivery: DueDelivery,
  sent: Sent,
  result: {
    status: "PENDING" | "DELIVERED" | "FAILED";
    delayMs: number | null;
    failed: boolean | null;
  },
): Promise<void> {
  const { responseStatus, responseBody, error, durationMs } = sent;
  await db.query(finish, {
    seq: delivery.seq,
    webhook: delivery.id,
    attempts: delivery.attempts + 1,
    ...{ responseStatus, responseBody, error, durationMs },
    ...result,
  });
}

const disable = statement(
  "webhook_disable",
  sql`
    with changed as (
      update webhooks set active = false, disabled_because = ${p("because")}::text, version = version + 1
      where id = ${p("webhook")}::uuid and version = ${p("version")}::int and active returning id
    ), ${recordedFrom(sql`changed`, 1)}
    select count(*)::int as "count" from changed`,
);

/** Makes a webhook inactive, and records that the server did; not one that was changed since it was tried. */
export async function giveUpWebhook(
  { db, clock, random }: Pick<Services, "db" | "clock" | "random">,
  webhook: Webhook,
  because: DisabledBecause,
): Promise<void> {
  const now = clock().toISOString();
  const entry = disableWebhook(webhook, because);
  const origin = {
    actorUuid: null,
    keyUuid: null,
    requestId: randomUUID(),
    clientAddress: null,
    userAgent: null,
  };
  await db.query(disable, {
    webhook: toUuid("webhook", webhook.id),
    version: webhook.version,
    because,
    now,
    ...recordedValues(origin, [entry], null, now, random),
  });
}

const removeOld = statement(
  null,
  sql`
    delete from webhook_deliveries
    where status <> 'PENDING' and created_at < now() - interval '30 days'`,
);

/** Removes deliveries that ended over 30 days ago. */
export async function removeOldDeliveries(db: Database): Promise<void> {
  await db.query(removeOld);
}

const waiting = statement(
  null,
  sql`
    select count(*)::int as "count" from (
      select 1 from webhook_deliveries d join webhooks w on w.id = d.webhook_id
      where w.active and d.status = 'PENDING' limit 100000
    ) as pending`,
);

/** How many deliveries to active webhooks are pending, counted to 100,000. */
export async function countWaiting(db: Database): Promise<number> {
  const [row] = await db.query<{ count: number }>(waiting);
  return row?.count ?? 0;
}

/** `webhook-id` of a delivery. */
export function messageId(delivery: Pick<DueDelivery, "eventId">): string {
  return toPublicId("auditEntry", delivery.eventId);
}
