import {
  DomainError,
  type ListWebhooksInput,
  type Page,
  toUuid,
  type Webhook,
} from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { authorized } from "../access/authority.ts";
import { load } from "../commands/load.ts";
import { type Write, write } from "../commands/write.ts";
import type { Database, Reads } from "../db/database.ts";
import { findByIds } from "../db/find.ts";
import { uuidOf } from "../db/ids.ts";
import { limitOf, readUuidCursor, toPage, uuidCursor } from "../db/page.ts";
import { auditHead, roles, webhookDeliveries, webhooks } from "../db/schema.ts";
import { columns, p, type Row, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { DEFAULT, insertFrom, params, set, update, type WrittenBy } from "../db/write.ts";
import { rosterHeld } from "../people/users/roster.ts";
import { OWNER_STATE, toWebhook, WEBHOOK, WEBHOOK_PEOPLE } from "./columns.ts";

const before = p("before", "uuid?");
const ownedBy = p("owner", "uuid?");

const list = statement(
  "webhooks",
  sql`
    select ${columns(WEBHOOK)} from ${webhooks} ${WEBHOOK_PEOPLE}
    where (${before} is null or ${webhooks.id} < ${before})
      and (${ownedBy} is null or ${webhooks.ownerId} = ${ownedBy})
    order by ${webhooks.id} desc limit ${p("limit", "int")}`,
);

/** Webhooks, newest first. */
export async function listWebhooks(db: Database, input: ListWebhooksInput): Promise<Page<Webhook>> {
  const limit = limitOf(input);
  const before = readUuidCursor(input.cursor);
  const owner = input.owner === undefined ? null : uuidOf("user", input.owner);
  const rows = await db.query(list, { before, owner, limit: limit + 1 });
  return toPage(rows, limit, toWebhook, (row) => uuidCursor(row.id));
}

const byIds = statement(
  "webhooks_by_ids",
  sql`
    select ${columns(WEBHOOK)} from ${webhooks} ${WEBHOOK_PEOPLE}
    where ${webhooks.id} = any(${p("ids", "uuid[]")})`,
);

/** Webhooks by their ids; an id of nothing is left out. */
export function findWebhooks(db: Reads, ids: readonly string[]): Promise<Map<string, Webhook>> {
  return findByIds(db, byIds, "webhook", ids, toWebhook);
}

/** @throws DomainError `not_found` */
export async function getWebhook(db: Database, id: string): Promise<Webhook> {
  const webhook = (await findWebhooks(db, [id])).get(id);
  if (!webhook) throw noSuchWebhook();
  return webhook;
}

function noSuchWebhook(): DomainError {
  return new DomainError("not_found", "There is no such webhook that you can see.");
}

const id = p("id", "uuid");

const FACTS = {
  ...WEBHOOK,
  ...OWNER_STATE,
  rosterVersion: roles.rosterVersion,
  hasDelivery: value(
    "boolean",
    sql`exists (
      select 1 from ${webhookDeliveries}
      where ${webhookDeliveries.id} = ${p("delivery", "uuid?")}
        and ${webhookDeliveries.webhookId} = ${webhooks.id})`,
  ),
};
/** What a command on a webhook is decided on. */
export type WebhookRow = Row<typeof FACTS>;

const loadById = load(
  "webhook",
  sql`
    select ${columns(FACTS)}
    from ${roles} join ${webhooks} on ${webhooks.id} = ${p("id", "uuid?")} ${WEBHOOK_PEOPLE}
    where ${roles.name} = 'ADMIN'`,
  noSuchWebhook,
);

/** @param deliveryId of a delivery that the command names as well */
export function loadWebhook(id: string, deliveryId?: string) {
  const delivery = deliveryId === undefined ? null : toUuid("delivery", deliveryId);
  return loadById({ id: toUuid("webhook", id), delivery });
}

/** How many webhooks there are. */
export const loadCount = load(
  "webhook_count",
  sql`
    select ${columns({
      rosterVersion: roles.rosterVersion,
      count: value("int", sql`(select count(*) from ${webhooks})`),
    })}
    from ${roles} where ${roles.name} = 'ADMIN'`,
);

/** The version of the roster that a decision was made on. */
type OnRoster = { rosterVersion: number };

// The queue writes the rest: how far a webhook is, who holds its lease, and since when it fails.
const WRITTEN_BY = {
  id: [],
  url: ["update"],
  description: ["update"],
  eventTypes: ["update"],
  includeInternal: ["update"],
  ownerId: ["takeOver"],
  createdById: [],
  active: ["update"],
  disabledBecause: ["update"],
  failingSince: [],
  secret: ["rotate"],
  oldSecret: [],
  oldSecretUntil: ["rotate"],
  position: ["replay"],
  lease: [],
  leasedUntil: [],
  version: ["update", "rotate", "takeOver"],
  createdAt: [],
} as const satisfies WrittenBy<typeof webhooks, "update" | "rotate" | "replay" | "takeOver">;

// It begins with what happens from now on. A webhook becomes active under an owner only on the roster that the decision
// was made on: a change that ends the owner's authority either disables it, or comes first.
const insert = write(
  "webhook_insert",
  sql`${rosterHeld}, changed as (
    ${insertFrom(
      webhooks,
      {
        ...params(webhooks),
        position: auditHead.position,
        disabledBecause: DEFAULT,
        failingSince: DEFAULT,
        oldSecret: DEFAULT,
        oldSecretUntil: DEFAULT,
        lease: DEFAULT,
        leasedUntil: DEFAULT,
      },
      sql`${auditHead}, roster`,
    )}
    returning ${webhooks.id})`,
);

export function insertWebhook(
  next: Webhook,
  secret: Uint8Array,
  { rosterVersion }: OnRoster,
): Write {
  return insert({ ...valuesOf(next), secret, rosterVersion });
}

function valuesOf(next: Webhook) {
  return {
    ...next,
    id: uuidOf("webhook", next.id),
    ownerId: next.owner && uuidOf("user", next.owner.id),
    createdById: next.createdBy && uuidOf("user", next.createdBy.id),
  };
}

const version = p("version", webhooks.version);
const UNCHANGED = sql`${webhooks.id} = ${id} and ${webhooks.version} = ${version} and ${authorized}`;
const UNCHANGED_BEFORE = sql`
  ${webhooks.id} = ${id} and ${webhooks.version} = ${version} - 1 and ${authorized}`;

const updateUnchanged = write(
  "webhook_update",
  sql`changed as (
    ${update(webhooks, WRITTEN_BY, "update")} where ${UNCHANGED_BEFORE} returning ${webhooks.id})`,
);

const ON_ROSTER = sql`exists (select 1 from roster)`;

const activateUnchanged = write(
  "webhook_activate",
  sql`${rosterHeld}, changed as (
    ${update(webhooks, WRITTEN_BY, "update")}, ${set(webhooks, { failingSince: sql`null` })}
    where ${UNCHANGED_BEFORE} and ${ON_ROSTER} returning ${webhooks.id})`,
);

/** Writes a webhook, if its version is still the one before `next`. */
export function updateWebhookRow(next: Webhook, row: OnRoster & { active: boolean }): Write {
  const { rosterVersion } = row;
  return next.active && !row.active
    ? activateUnchanged({ ...valuesOf(next), rosterVersion })
    : updateUnchanged(valuesOf(next));
}

const takeOver = write(
  "webhook_take_over",
  sql`${rosterHeld}, changed as (
    ${update(webhooks, WRITTEN_BY, "takeOver")} where ${UNCHANGED_BEFORE} and ${ON_ROSTER}
    returning ${webhooks.id})`,
);

export function takeOverRow(next: Webhook, { rosterVersion }: OnRoster): Write {
  return takeOver({ ...valuesOf(next), rosterVersion });
}

const remove = write(
  "webhook_delete",
  sql`changed as (delete from ${webhooks} where ${UNCHANGED} returning ${webhooks.id})`,
);

export function deleteWebhookRow(webhook: Webhook): Write {
  return remove(valuesOf(webhook));
}

const rotate = write(
  "webhook_rotate",
  sql`changed as (
    ${update(webhooks, WRITTEN_BY, "rotate")}, ${set(webhooks, {
      oldSecret: sql`
        case when ${p("oldSecretUntil", webhooks.oldSecretUntil)} is not null
          then ${webhooks.secret} end`,
    })}
    where ${UNCHANGED_BEFORE} returning ${webhooks.id})`,
);

export function rotateSecretRow(next: Webhook, secret: Uint8Array): Write {
  return rotate({ ...valuesOf(next), secret });
}

const ping = write(
  "webhook_ping",
  sql`changed as (
    select ${webhooks.id} from ${webhooks} where ${UNCHANGED} and ${webhooks.active})`,
);

/** Its audit entry is an event like any other, and is delivered as such. */
export function pingRow(webhook: Webhook): Write {
  return ping(valuesOf(webhook));
}

const changed = alias(webhooks, "changed");

const replayFrom = write(
  "webhook_replay_from",
  sql`
    ${changed} as (
      ${update(webhooks, WRITTEN_BY, "replay")} where ${UNCHANGED} returning ${webhooks.id}
    ),
    replaced as (
      update ${webhookDeliveries} set ${set(webhookDeliveries, {
        status: sql`'REPLACED'`,
        nextAttemptAt: sql`null`,
      })}
      from ${changed}
      where ${webhookDeliveries.webhookId} = ${changed.id} and ${webhookDeliveries.status} = 'PENDING'
        and ${webhookDeliveries.position} > ${p("position", "bigint")})`,
);

/** Moves to a position in the feed; pending deliveries after it are queued again. */
export function replayFromRow(webhook: Webhook, position: number): Write {
  return replayFrom({ ...valuesOf(webhook), position });
}

/** A delivery that nothing has been sent of yet. */
export const UNSENT = {
  status: DEFAULT,
  attempts: DEFAULT,
  responseStatus: DEFAULT,
  responseBody: DEFAULT,
  error: DEFAULT,
  durationMs: DEFAULT,
  lastAttemptAt: DEFAULT,
};

const replayOne = write(
  "webhook_replay_one",
  sql`changed as (
    ${insertFrom(
      webhookDeliveries,
      {
        ...UNSENT,
        id: p("copy", "uuid"),
        webhookId: webhookDeliveries.webhookId,
        position: webhookDeliveries.position,
        eventId: webhookDeliveries.eventId,
        eventType: webhookDeliveries.eventType,
        createdAt: p("now", "timestamptz"),
        nextAttemptAt: p("now", "timestamptz"),
      },
      sql`
        ${webhooks} join ${webhookDeliveries}
          on ${webhookDeliveries.webhookId} = ${webhooks.id}
          and ${webhookDeliveries.id} = ${p("delivery", "uuid")}
        where ${UNCHANGED}`,
    )}
    returning ${webhookDeliveries.id})`,
);

export function replayOneRow(
  webhook: Webhook,
  deliveryId: string,
  copy: string,
  now: string,
): Write {
  return replayOne({ ...valuesOf(webhook), delivery: uuidOf("delivery", deliveryId), copy, now });
}
