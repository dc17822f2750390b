import { type Anchor, ownerFault, toPublicId, wantsEvent } from "@serviceflow/domain";
import type { Services } from "../context.ts";
import type { Database } from "../db/database.ts";
import { auditSeals, webhookDeliveries, webhooks } from "../db/schema.ts";
import { columns, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { uuidv7 } from "../db/uuidv7.ts";
import { insertFrom, set } from "../db/write.ts";
import { type EventOutline, type FeedSlice, readOutlines } from "../events/store.ts";
import { sealBatch } from "../log/sealer.ts";
import { OWNER_STATE, toOwnerState, toWebhook, WEBHOOK, WEBHOOK_PEOPLE } from "./columns.ts";
import { disable } from "./disable.ts";
import { recordOwners } from "./owners.ts";
import { UNSENT } from "./store.ts";

/** The deliveries table is the queue. Its clock is the database's, the same for every replica. */

const QUEUED_AT_ONCE = 1_000;

const active = statement(
  "webhooks_active",
  sql`
    select ${columns({ ...WEBHOOK, ...OWNER_STATE, position: webhooks.position })}
    from ${webhooks} ${WEBHOOK_PEOPLE} where ${webhooks.active}`,
);

// Of replicas that come to the same slice, one moves the webhook on, and only that one queues. A standby that has taken
// over since may lack the end of the slice.
const enqueue = statement(
  "webhook_enqueue",
  sql`
    with moved as (
      update ${webhooks} set ${set(webhooks, { position: p("to", "bigint") })}
      where ${webhooks.id} = ${p("webhook", "uuid")} and ${webhooks.position} = ${p("from", "bigint")}
        and ${webhooks.version} = ${p("version", "int")} and ${webhooks.active}
        and exists (
          select 1 from ${auditSeals}
          where ${auditSeals.position} = ${p("to", "bigint")} and ${auditSeals.hash} = ${p("toHash", "bytea")}
        )
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

type Queueing = Pick<Services, "db" | "log" | "clock" | "random">;

/** The active webhooks whose owner may have them. The others were left so by SQL or by an older build: disables them. */
async function ownedAndActive(services: Queueing) {
  const rows = await services.db.query(active);
  const unowned = rows.filter(({ ownerId }) => ownerId === null).map(({ id }) => id);
  if (unowned.length > 0 && (await recordOwners(services.db, unowned))) {
    return ownedAndActive(services);
  }
  const owned: typeof rows = [];
  for (const row of rows) {
    const fault = ownerFault(toOwnerState(row));
    if (fault === null) owned.push(row);
    else await disable(services, { ...row, id: toPublicId("webhook", row.id) }, fault);
  }
  return owned;
}

/**
 * Queues for each active webhook what has happened since it was last looked at, a slice of it.
 * @returns whether there is more
 */
export async function queueDeliveries(services: Queueing): Promise<boolean> {
  const { db, clock, random } = services;
  const rows = await ownedAndActive(services);
  if (rows.length === 0) return false;
  await sealBatch(db, clock());
  const slices = new Map<string, FeedSlice<EventOutline>>();
  let more = false;
  for (const row of rows) {
    const from: Anchor = { position: Number(row.position), hash: "" };
    const slice =
      slices.get(row.position) ?? (await readOutlines(db, from, QUEUED_AT_ONCE, clock()));
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
      toHash: Buffer.from(slice.end.hash, "hex"),
      ids: wanted.map(() => uuidv7(Date.now(), random(10))),
      positions: wanted.map(({ position }) => position),
      events: wanted.map(({ uuid }) => uuid),
      types: wanted.map(({ type }) => type),
    });
  }
  return more;
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
