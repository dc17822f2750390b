import { ownerFault, toPublicId, type User } from "@serviceflow/domain";
import { authorized } from "../../access/authority.ts";
import { users, webhooks } from "../../db/schema.ts";
import { json, p, sql } from "../../db/sql.ts";
import { set } from "../../db/write.ts";

/** An active webhook, as it was when a change of its owner was decided. */
export interface OwnedWebhook {
  id: string;
  version: number;
}

/** The active webhooks of the user that a load finds. */
export const OWNED_WEBHOOKS = {
  webhooks: json<OwnedWebhook[] | null>(sql`(
    select json_agg(json_build_object('id', ${webhooks.id}, 'version', ${webhooks.version}))
    from ${webhooks} where ${webhooks.ownerId} = ${users.id} and ${webhooks.active})`),
};

/** Their public ids. */
export function idsOfWebhooks(owned: readonly OwnedWebhook[] | null): { id: string }[] {
  return (owned ?? []).map(({ id }) => ({ id: toPublicId("webhook", id) }));
}

const IDS = p("webhookIds", "uuid[]");

/** Locks those that are still as they were read. A new one is kept out by the roster. */
export const webhooksHeld = sql`owned as (
  select ${webhooks.id}
  from ${webhooks} join unnest(${IDS}, ${p("webhookVersions", "int[]")}) as read (id, version)
    on read.id = ${webhooks.id} and read.version = ${webhooks.version}
  where ${webhooks.active} and ${authorized} order by ${webhooks.id} for no key update of ${webhooks})`;

export const WEBHOOKS_UNCHANGED = sql`(select count(*) from owned) = cardinality(${IDS})`;

const BECAUSE = p("disabledBecause", webhooks.disabledBecause);

/** Disables them, if the change held and ends the user's authority. */
export const webhooksDisabled = sql`disabled as (
  update ${webhooks} set ${set(webhooks, {
    active: sql`false`,
    disabledBecause: BECAUSE,
    version: sql`${webhooks.version} + 1`,
  })}
  from changed, owned where ${webhooks.id} = owned.id and ${BECAUSE} is not null)`;

/** Whether a change of a user disables webhooks. */
export function disablesWebhooks(next: User, owned: readonly OwnedWebhook[] | null): boolean {
  return owned !== null && owned.length > 0 && ownerFault(next) !== null;
}

export function webhookValues(next: User, owned: readonly OwnedWebhook[] | null) {
  const read = owned ?? [];
  return {
    webhookIds: read.map(({ id }) => id),
    webhookVersions: read.map(({ version }) => version),
    disabledBecause: ownerFault(next),
  };
}
