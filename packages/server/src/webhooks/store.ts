import {
  type DisabledBecause,
  DomainError,
  type EventType,
  type ListWebhooksInput,
  type Page,
  toPublicId,
  toUuid,
  type Webhook,
} from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import type { Load, Write } from "../commands/change.ts";
import type { Database } from "../db/database.ts";
import { findByIds } from "../db/find.ts";
import { limitOf, readUuidCursor, toPage, uuidCursor } from "../db/page.ts";
import { statement } from "../db/statement.ts";

const p = sql.placeholder;

export interface WebhookColumns {
  id: string;
  url: string;
  description: string;
  eventTypes: EventType[];
  includeInternal: boolean;
  active: boolean;
  disabledBecause: DisabledBecause | null;
  failingSince: Date | null;
  oldSecretUntil: Date | null;
  version: number;
  createdAt: Date;
}

export const WEBHOOK_COLUMNS = sql`
  w.id, w.url, w.description, w.event_types as "eventTypes", w.include_internal as "includeInternal", w.active,
  w.disabled_because as "disabledBecause", w.failing_since as "failingSince",
  w.old_secret_until as "oldSecretUntil", w.version, w.created_at as "createdAt"`;

export function toWebhook(row: WebhookColumns): Webhook {
  return {
    id: toPublicId("webhook", row.id),
    url: row.url,
    description: row.description,
    eventTypes: row.eventTypes,
    includeInternal: row.includeInternal,
    active: row.active,
    disabledBecause: row.disabledBecause,
    failingSince: row.failingSince?.toISOString() ?? null,
    oldSecretUntil: row.oldSecretUntil?.toISOString() ?? null,
    version: row.version,
    createdAt: row.createdAt.toISOString(),
  };
}

const list = statement(
  "webhooks",
  sql`
    select ${WEBHOOK_COLUMNS} from webhooks w
    where ${p("before")}::uuid is null or w.id < ${p("before")}::uuid
    order by w.id desc limit ${p("limit")}::int`,
);

/** Webhooks, newest first. */
export async function listWebhooks(db: Database, input: ListWebhooksInput): Promise<Page<Webhook>> {
  const limit = limitOf(input);
  const before = readUuidCursor(input.cursor);
  const rows = await db.query<WebhookColumns>(list, { before, limit: limit + 1 });
  return toPage(rows, limit, toWebhook, (row) => uuidCursor(row.id));
}

const byIds = statement(
  "webhooks_by_ids",
  sql`select ${WEBHOOK_COLUMNS} from webhooks w where w.id = any(${p("ids")}::uuid[])`,
);

/** Webhooks by their ids, those that are there. */
export function findWebhooks(db: Database, ids: readonly string[]): Promise<Map<string, Webhook>> {
  return findByIds(db, byIds, "webhook", ids, toWebhook);
}

/** @throws DomainError `not_found` */
export async function getWebhook(db: Database, id: string): Promise<Webhook> {
  const webhook = (await findWebhooks(db, [id])).get(id);
  if (!webhook) throw noSuchWebhook();
  return webhook;
}

/** What a command on a webhook is decided on. */
export interface WebhookRow extends WebhookColumns {
  hasDelivery: boolean;
}

/** @throws DomainError `not_found` */
export function requireWebhookRow(row: WebhookRow | null): Webhook {
  if (!row) throw noSuchWebhook();
  return toWebhook(row);
}

function noSuchWebhook(): DomainError {
  return new DomainError("not_found", "There is no such webhook that you can see.");
}

export const loadWebhook: Load = {
  name: "webhook",
  query: sql`
    select ${WEBHOOK_COLUMNS}, exists (
      select 1 from webhook_deliveries d where d.id = ${p("delivery")}::uuid and d.webhook_id = w.id
    ) as "hasDelivery"
    from webhooks w where w.id = ${p("id")}::uuid`,
};

/** @param deliveryId of a delivery that the command names besides */
export function webhookValues(id: string, deliveryId?: string) {
  const uuid = toUuid("webhook", id);
  if (uuid === null) throw noSuchWebhook();
  return { id: uuid, delivery: deliveryId === undefined ? null : toUuid("delivery", deliveryId) };
}

export const loadCount: Load = {
  name: "webhook_count",
  query: sql`select count(*)::int as "count" from webhooks`,
};

// It begins with what happens from now on.
const insert: Write = {
  name: "webhook_insert",
  ctes: sql`changed as (
    insert into webhooks (id, url, description, event_types, include_internal, active, secret, position, created_at)
    select ${p("id")}::uuid, ${p("url")}::text, ${p("description")}::text, ${p("eventTypes")}::text[],
      ${p("includeInternal")}::boolean, true, ${p("secret")}::bytea, h.position, ${p("createdAt")}::timestamptz
    from audit_head h
    returning id)`,
};

export function insertWebhook(next: Webhook, secret: Uint8Array) {
  const { url, description, eventTypes, includeInternal, createdAt } = next;
  const id = toUuid("webhook", next.id);
  return {
    write: insert,
    requestUuid: null,
    values: { id, url, description, eventTypes, includeInternal, createdAt, secret },
  };
}

const HELD = sql`id = ${p("id")}::uuid and version = ${p("version")}::int`;

const update: Write = {
  name: "webhook_update",
  ctes: sql`changed as (
    update webhooks set url = ${p("url")}, description = ${p("description")}, event_types = ${p("eventTypes")}::text[],
      include_internal = ${p("includeInternal")}, active = ${p("active")}::boolean, disabled_because = ${p("disabledBecause")},
      failing_since = case when active or not ${p("active")}::boolean then failing_since end, version = version + 1
    where ${HELD} returning id)`,
};

export function updateWebhookRow(next: Webhook) {
  const { url, description, eventTypes, includeInternal, active } = next;
  const { disabledBecause } = next;
  return {
    write: update,
    requestUuid: null,
    values: {
      ...heldValues(next, next.version - 1),
      ...{ url, description, eventTypes, includeInternal, active, disabledBecause },
    },
  };
}

function heldValues(webhook: Webhook, version = webhook.version) {
  return { id: toUuid("webhook", webhook.id), version };
}

const remove: Write = {
  name: "webhook_delete",
  ctes: sql`changed as (delete from webhooks where ${HELD} returning id)`,
};

export function deleteWebhookRow(next: Webhook) {
  return { write: remove, requestUuid: null, values: heldValues(next) };
}

const rotate: Write = {
  name: "webhook_rotate",
  ctes: sql`changed as (
    update webhooks set old_secret = case when ${p("until")}::timestamptz is null then null else secret end,
      old_secret_until = ${p("until")}::timestamptz, secret = ${p("secret")}::bytea, version = version + 1
    where ${HELD} returning id)`,
};

export function rotateSecretRow(next: Webhook, secret: Uint8Array) {
  const values = { ...heldValues(next, next.version - 1), until: next.oldSecretUntil, secret };
  return { write: rotate, requestUuid: null, values };
}

const ping: Write = {
  name: "webhook_ping",
  ctes: sql`changed as (select id from webhooks where ${HELD} and active)`,
};

/** What is recorded is an event like any other, and finds its way to the endpoint by itself. */
export function pingRow(webhook: Webhook) {
  return { write: ping, requestUuid: null, values: heldValues(webhook) };
}

const replayFrom: Write = {
  name: "webhook_replay_from",
  ctes: sql`
    changed as (update webhooks set position = ${p("position")}::bigint where ${HELD} returning id),
    replaced as (
      update webhook_deliveries d set status = 'REPLACED', next_attempt_at = null
      from changed where d.webhook_id = changed.id and d.status = 'PENDING' and d.position > ${p("position")}::bigint)`,
};

/** Goes back in the feed, or forward; what waits behind that place will be queued anew. */
export function replayFromRow(webhook: Webhook, position: number) {
  return {
    write: replayFrom,
    requestUuid: null,
    values: { ...heldValues(webhook), position },
  };
}

const replayOne: Write = {
  name: "webhook_replay_one",
  ctes: sql`
    held as (select id from webhooks where ${HELD}),
    changed as (
      insert into webhook_deliveries (id, webhook_id, position, event_id, event_type, created_at, next_attempt_at)
      select ${p("copy")}::uuid, d.webhook_id, d.position, d.event_id, d.event_type, ${p("now")}::timestamptz,
        ${p("now")}::timestamptz
      from held join webhook_deliveries d on d.webhook_id = held.id and d.id = ${p("delivery")}::uuid
      returning id)`,
};

export function replayOneRow(webhook: Webhook, deliveryId: string, copyUuid: string) {
  const delivery = toUuid("delivery", deliveryId);
  return {
    write: replayOne,
    requestUuid: null,
    values: { ...heldValues(webhook), delivery, copy: copyUuid },
  };
}
