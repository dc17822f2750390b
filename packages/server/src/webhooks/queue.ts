import { randomUUID } from "node:crypto";
import {
  type Anchor,
  type DisabledBecause,
  disableWebhook,
  EVENT_TYPES,
  toPublicId,
  type Webhook,
  wantsEvent,
} from "@serviceflow/domain";
import type { Services } from "../context.ts";
import type { Database } from "../db/database.ts";
import { uuidOf } from "../db/ids.ts";
import { webhookDeliveries, webhooks } from "../db/schema.ts";
import { columns, p, type Row, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { uuidv7 } from "../db/uuidv7.ts";
import { insertFrom, set } from "../db/write.ts";
import { type EventOutline, type FeedSlice, readOutlines } from "../events/store.ts";
import { auditedBy, entriesValues } from "../log/append.ts";
import { sealBatch } from "../log/sealer.ts";
import type { Sent } from "./send.ts";
import { toWebhook, UNSENT, WEBHOOK } from "./store.ts";

/** The deliveries table is the queue. Its clock is the database's, the same for every replica. */

const QUEUED_AT_ONCE = 1_000;

const active = statement(
  "webhooks_active",
  sql`
    select ${columns({ ...WEBHOOK, position: webhooks.position })}
    from ${webhooks} where ${webhooks.active}`,
);

// Of replicas that come to the same slice, one moves the webhook on, and only that one queues.
const enqueue = statement(
  "webhook_enqueue",
  sql`
    with moved as (
      update ${webhooks} set ${set(webhooks, { position: p("to", "bigint") })}
      where ${webhooks.id} = ${p("webhook", "uuid")} and ${webhooks.position} = ${p("from", "bigint")}
        and ${webhooks.version} = ${p("version", "int")} and ${webhooks.active}
      returning ${webhooks.id}
    ), queued as (
      ${insertFrom(
        webhookDeliveries,
        {
          ...UNSENT,
          id: sql`item.id`,
          webhookId: sql`moved.id`,
          position: sql`item.position`,
          eventId: sql`item.event`,
          eventType: sql`item.type`,
          createdAt: sql`now()`,
          nextAttemptAt: sql`now()`,
        },
        sql`
          moved, unnest(${p("ids", "uuid[]")}, ${p("positions", "bigint[]")}, ${p("events", "uuid[]")},
            ${p("types", "text[]")}) with ordinality as item (id, position, event, type, nth)
          order by item.nth`,
      )}
      returning 1
    )
    select ${columns({ count: value("int", sql`count(*)`) })} from queued`,
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
  const rows = await db.query(active);
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

const LEASED_UNTIL = sql`now() + ${p("leaseMs", "int")} * interval '1 millisecond'`;
const LEASE = p("lease", "uuid");

const DUE = sql`
  ${webhookDeliveries.status} = 'PENDING' and ${webhookDeliveries.nextAttemptAt} <= now()
    and ${webhookDeliveries.eventType} = any(${p("types", "text[]")})`;

const lease = statement(
  "webhook_lease",
  sql`
    with due as (
      select ${webhooks.id} from ${webhooks}
      where ${webhooks.active} and (${webhooks.leasedUntil} is null or ${webhooks.leasedUntil} < now())
        and exists (
          select 1 from ${webhookDeliveries}
          where ${webhookDeliveries.webhookId} = ${webhooks.id} and ${DUE}
        )
      for update of ${webhooks} skip locked
    )
    update ${webhooks} set ${set(webhooks, { lease: LEASE, leasedUntil: LEASED_UNTIL })}
    from due where ${webhooks.id} = due.id returning ${columns({ id: webhooks.id })}`,
);

/** Leases the webhooks that have something due and no lease holder: one process sends to each, in order. */
export async function leaseDue(db: Database, lessee: string, leaseMs: number): Promise<string[]> {
  const rows = await db.query(lease, {
    lease: lessee,
    leaseMs,
    types: EVENT_TYPES,
  });
  return rows.map(({ id }) => id);
}

const renew = statement(
  "webhook_lease_renew",
  sql`
    update ${webhooks} set ${set(webhooks, { leasedUntil: LEASED_UNTIL })}
    from unnest(${p("ids", "uuid[]")}, ${p("leases", "uuid[]")}) as held (id, lease)
    where ${webhooks.id} = held.id and ${webhooks.lease} = held.lease`,
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

const release = statement(
  "webhook_lease_end",
  sql`
    update ${webhooks} set ${set(webhooks, { lease: sql`null`, leasedUntil: sql`null` })}
    where ${webhooks.id} = ${p("webhook", "uuid")} and ${webhooks.lease} = ${LEASE}`,
);

export async function endLease(db: Database, lessee: string, webhookUuid: string): Promise<void> {
  await db.query(release, { webhook: webhookUuid, lease: lessee });
}

/** A delivery that is due, with what it takes to send it. */
const DUE_DELIVERY = {
  ...WEBHOOK,
  secret: webhooks.secret,
  oldSecret: webhooks.oldSecret,
  seq: webhookDeliveries.seq,
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
    where ${webhookDeliveries.webhookId} = ${p("webhook", "uuid")} and ${webhooks.active}
      and ${webhooks.lease} = ${LEASE} and ${webhooks.leasedUntil} > now() and ${DUE}
    order by ${webhookDeliveries.seq} limit ${p("limit", "int")}`,
);

/**
 * What is due for a webhook that this process has leased, in the order of the feed. Event types that only a newer build
 * knows wait for one.
 */
export function dueDeliveries(
  db: Database,
  lessee: string,
  webhookUuid: string,
  limit: number,
): Promise<DueDelivery[]> {
  return db.query(due, {
    webhook: webhookUuid,
    lease: lessee,
    limit,
    types: EVENT_TYPES,
  });
}

const ATTEMPTS = p("attempts", "int");
const FAILED = p("failed", "boolean?");

// A delivery that a replay has replaced in the meantime stays replaced.
const finish = statement(
  "webhook_finish",
  sql`
    with attempted as (
      update ${webhookDeliveries} set ${set(webhookDeliveries, {
        status: p("status", webhookDeliveries.status),
        attempts: ATTEMPTS,
        responseStatus: p("responseStatus", webhookDeliveries.responseStatus),
        responseBody: p("responseBody", webhookDeliveries.responseBody),
        error: p("error", webhookDeliveries.error),
        durationMs: p("durationMs", webhookDeliveries.durationMs),
        lastAttemptAt: sql`now()`,
        nextAttemptAt: sql`now() + ${p("delayMs", "int?")} * interval '1 millisecond'`,
      })}
      where ${webhookDeliveries.seq} = ${p("seq", "bigint")} and ${webhookDeliveries.status} = 'PENDING'
        and ${webhookDeliveries.attempts} = ${ATTEMPTS} - 1
    )
    update ${webhooks} set ${set(webhooks, { failingSince: sql`case when ${FAILED} then now() end` })}
    where ${webhooks.id} = ${p("webhook", "uuid")}
      and (${webhooks.failingSince} is not null) <> ${FAILED}`,
);

/**
 * Records how an attempt ended. `delayMs` is until the next one; null: there is none. `failed` is whether the endpoint
 * failed; null: the attempt does not say.
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
      update ${webhooks} set ${set(webhooks, {
        active: sql`false`,
        disabledBecause: p("because", webhooks.disabledBecause),
        version: sql`${webhooks.version} + 1`,
      })}
      where ${webhooks.id} = ${p("webhook", "uuid")} and ${webhooks.version} = ${p("version", "int")}
        and ${webhooks.active}
      returning ${webhooks.id}
    ), ${auditedBy(sql`changed`, 1)}
    select ${columns({ count: value("int", sql`count(*)`) })} from changed`,
);

/** Disables a webhook and records that the server did, unless it was changed since the attempt. */
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
    webhook: uuidOf("webhook", webhook.id),
    version: webhook.version,
    because,
    ...entriesValues(origin, [entry], null, now, random),
  });
}

const removeOld = statement(
  null,
  sql`
    delete from ${webhookDeliveries}
    where ${webhookDeliveries.status} <> 'PENDING'
      and ${webhookDeliveries.createdAt} < now() - interval '30 days'`,
);

/** Removes deliveries that ended over 30 days ago. */
export async function removeOldDeliveries(db: Database): Promise<void> {
  await db.query(removeOld);
}

const waiting = statement(
  null,
  sql`
    select ${columns({ count: value("int", sql`count(*)`) })} from (
      select 1 from ${webhookDeliveries} join ${webhooks} on ${webhooks.id} = ${webhookDeliveries.webhookId}
      where ${webhooks.active} and ${webhookDeliveries.status} = 'PENDING' limit 100000
    ) as pending`,
);

/** How many deliveries to active webhooks are pending, counted to 100,000. */
export async function countWaiting(db: Database): Promise<number> {
  const [row] = await db.query(waiting);
  return row?.count ?? 0;
}

/** `webhook-id` of a delivery. */
export function messageId(delivery: Pick<DueDelivery, "eventId">): string {
  return toPublicId("auditEntry", delivery.eventId);
}
