import { type OwnerState, toPublicId, type UserRef, type Webhook } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { users, webhooks } from "../db/schema.ts";
import { maybe, type Row, sql } from "../db/sql.ts";

const owner = alias(users, "owner");
const creator = alias(users, "creator");

/** Joins the people to `webhooks`. */
export const WEBHOOK_PEOPLE = sql`
  left join ${users} ${owner} on ${owner.id} = ${webhooks.ownerId}
  left join ${users} ${creator} on ${creator.id} = ${webhooks.createdById}`;

/** That the domain's `ownerFault` finds none, as SQL over `webhooks`; a test holds them equal. */
export const IS_OWNED = sql`exists (
  select 1 from ${users} ${owner}
  where ${owner.id} = ${webhooks.ownerId} and ${owner.role} = 'ADMIN' and ${owner.active}
    and ${owner.erasedAt} is null)`;

const OWNER = { ownerRole: owner.role, ownerActive: owner.active, ownerErasedAt: owner.erasedAt };
/** What of its owner decides whether a webhook may send. */
export const OWNER_STATE = maybe(OWNER);

export function toOwnerState(row: Row<typeof OWNER_STATE>): OwnerState | null {
  const { ownerRole: role, ownerActive: active, ownerErasedAt: erasedAt } = row;
  return role === null || active === null ? null : { role, active, erasedAt };
}

export const WEBHOOK = {
  id: webhooks.id,
  url: webhooks.url,
  description: webhooks.description,
  eventTypes: webhooks.eventTypes,
  includeInternal: webhooks.includeInternal,
  ownerId: webhooks.ownerId,
  ownerName: maybe(owner.fullName),
  createdById: webhooks.createdById,
  createdByName: maybe(creator.fullName),
  active: webhooks.active,
  disabledBecause: webhooks.disabledBecause,
  failingSince: webhooks.failingSince,
  oldSecretUntil: webhooks.oldSecretUntil,
  version: webhooks.version,
  createdAt: webhooks.createdAt,
};

export function toWebhook(row: Row<typeof WEBHOOK>): Webhook {
  return {
    id: toPublicId("webhook", row.id),
    url: row.url,
    description: row.description,
    eventTypes: row.eventTypes,
    includeInternal: row.includeInternal,
    owner: toUserRef(row.ownerId, row.ownerName),
    createdBy: toUserRef(row.createdById, row.createdByName),
    active: row.active,
    disabledBecause: row.disabledBecause,
    failingSince: row.failingSince,
    oldSecretUntil: row.oldSecretUntil,
    version: row.version,
    createdAt: row.createdAt,
  };
}

function toUserRef(uuid: string | null, fullName: string | null): UserRef | null {
  return uuid === null ? null : { id: toPublicId("user", uuid), fullName: fullName ?? "" };
}
