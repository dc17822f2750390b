import { DomainError, invalidField } from "../error.ts";
import { type AuditDraft, draftEntry } from "../log/audit-entry.ts";
import type { EventType } from "../log/audit-policy.ts";
import { changed, type Decision, unchanged } from "../rules/decision.ts";
import { requireRole } from "../rules/permissions.ts";
import { type Caller, toRef, type UserRef } from "../rules/roles.ts";
import { OWNER_FAULTS, type OwnerState, ownerFault } from "./owner.ts";

/** GONE: the receiver answered 410. FAILING: no delivery succeeded for five days. The others: `OWNER_FAULTS`. */
export const DISABLED_BECAUSE = ["GONE", "FAILING", ...OWNER_FAULTS] as const;
export type DisabledBecause = (typeof DISABLED_BECAUSE)[number];

/** An endpoint to which events are delivered as Standard Webhooks. */
export interface Webhook {
  /** `whk_...` */
  id: string;
  url: string;
  /** May be empty. */
  description: string;
  /** The event types to deliver; empty: all. */
  eventTypes: EventType[];
  /** Whether internal comments are delivered. */
  includeInternal: boolean;
  /** The administrator with whose authority it receives events; null: unknown. */
  owner: UserRef | null;
  /** The administrator who created it; null: unknown. */
  createdBy: UserRef | null;
  /** Whether events are delivered. While false, they are queued. */
  active: boolean;
  /** Why the server disabled the webhook; null if it did not. */
  disabledBecause: DisabledBecause | null;
  /** Time since which deliveries have failed; null while they succeed. */
  failingSince: string | null;
  /** Until this time deliveries carry a second signature, with the previous secret. */
  oldSecretUntil: string | null;
  /** Increases by one with each change; the ETag begins with it. */
  version: number;
  createdAt: string;
}

/** A webhook with its new secret, which is in no other response. */
export interface WebhookWithSecret extends Webhook {
  /** `whsec_...`: the signing secret. */
  secret: string;
}

export interface CreateWebhookInput {
  url: string;
  description?: string | undefined;
  /** Default: all. */
  eventTypes?: EventType[] | undefined;
  /** Default false. */
  includeInternal?: boolean | undefined;
}

export interface UpdateWebhookInput {
  url?: string | undefined;
  description?: string | undefined;
  eventTypes?: EventType[] | undefined;
  includeInternal?: boolean | undefined;
  active?: boolean | undefined;
}

export interface ListWebhooksInput {
  /** Only those of this owner, by user id. */
  owner?: string | undefined;
  cursor?: string | undefined;
  /** 1 to 100, default 20. */
  limit?: number | undefined;
}

export interface RotateSecretInput {
  /** How long both secrets sign deliveries, 0 to 604800 seconds; default 86400 (a day). */
  overlapSeconds?: number | undefined;
}

/** Exactly one of the two. */
export interface ReplayInput {
  /** Replays every event after this cursor; `start` is the beginning of the log, `now` skips the backlog. */
  after?: string | undefined;
  /** Replays one delivery. */
  deliveryId?: string | undefined;
}

/** With more, deliveries to one endpoint would wait for those to others. */
export const MAX_WEBHOOKS = 100;
export const WEBHOOK_DEFAULTS = {
  description: "",
  eventTypes: [] as readonly EventType[],
  includeInternal: false,
} as const;
/** What a rotation of a secret has when its input says nothing else. */
export const SECRET_ROTATION_DEFAULTS = { overlapSeconds: 86_400 } as const;

interface CallerFacts {
  caller: Caller;
}

/** @throws DomainError `forbidden`, `too_many_webhooks` */
export function createWebhook(
  input: CreateWebhookInput,
  { caller, now, id, count }: { caller: Caller; now: string; id: string; count: number },
): Decision<Webhook> {
  requireRole("webhook.manage", caller);
  if (count >= MAX_WEBHOOKS) {
    throw new DomainError("too_many_webhooks", `There can be at most ${MAX_WEBHOOKS} webhooks.`);
  }
  const webhook: Webhook = {
    id,
    url: input.url,
    description: input.description ?? WEBHOOK_DEFAULTS.description,
    eventTypes: [...new Set(input.eventTypes ?? WEBHOOK_DEFAULTS.eventTypes)],
    includeInternal: input.includeInternal ?? WEBHOOK_DEFAULTS.includeInternal,
    owner: toRef(caller),
    createdBy: toRef(caller),
    active: true,
    disabledBecause: null,
    failingSince: null,
    oldSecretUntil: null,
    version: 1,
    createdAt: now,
  };
  const after = auditView(webhook);
  return changed(webhook, draftEntry("webhook.created", { id, before: null, after }));
}

/** A webhook as the log names its fields: people by id. */
function auditView(webhook: Webhook): Record<string, unknown> {
  return { ...webhook, ownerId: webhook.owner?.id ?? null };
}

/**
 * Changes a webhook. A reactivated one continues where it stopped.
 * @param facts.owner null: unknown
 * @throws DomainError `forbidden`, `webhook_unowned`
 */
export function updateWebhook(
  webhook: Webhook,
  patch: UpdateWebhookInput,
  { caller, owner }: CallerFacts & { owner: OwnerState | null },
): Decision<Webhook> {
  requireRole("webhook.manage", caller);
  const active = patch.active ?? webhook.active;
  const revived = active && !webhook.active;
  if (revived && ownerFault(owner) !== null) {
    throw new DomainError(
      "webhook_unowned",
      "The webhook's owner is not an active administrator; take it over first.",
    );
  }
  const next: Webhook = {
    ...webhook,
    url: patch.url ?? webhook.url,
    description: patch.description ?? webhook.description,
    eventTypes: [...new Set(patch.eventTypes ?? webhook.eventTypes)],
    includeInternal: patch.includeInternal ?? webhook.includeInternal,
    active,
    disabledBecause: revived ? null : webhook.disabledBecause,
    failingSince: revived ? null : webhook.failingSince,
  };
  const entry = draftEntry("webhook.updated", { id: webhook.id, before: webhook, after: next });
  if (Object.keys(entry.changes).length === 0) return unchanged(webhook);
  return changed({ ...next, version: webhook.version + 1 }, entry);
}

/**
 * Makes the caller the owner. It stays inactive if it is, so that its settings can be checked before it sends again.
 * @throws DomainError `forbidden`
 */
export function takeOverWebhook(webhook: Webhook, { caller }: CallerFacts): Decision<Webhook> {
  requireRole("webhook.manage", caller);
  if (webhook.owner?.id === caller.id) return unchanged(webhook);
  const next: Webhook = { ...webhook, owner: toRef(caller), version: webhook.version + 1 };
  return changed(
    next,
    draftEntry("webhook.owner_changed", {
      id: webhook.id,
      before: auditView(webhook),
      after: auditView(next),
    }),
  );
}

/** @throws DomainError `forbidden` */
export function deleteWebhook(webhook: Webhook, { caller }: CallerFacts): Decision<Webhook> {
  requireRole("webhook.manage", caller);
  const next = { ...webhook, active: false };
  return changed(
    next,
    draftEntry("webhook.deleted", {
      id: webhook.id,
      before: { url: webhook.url, active: webhook.active },
      after: { active: false },
    }),
  );
}

/**
 * Replaces the secret. Until the overlap ends, deliveries carry a signature of each secret.
 * @throws DomainError `forbidden`
 */
export function rotateSecret(
  webhook: Webhook,
  input: RotateSecretInput,
  { caller, now }: CallerFacts & { now: string },
): Decision<Webhook> {
  requireRole("webhook.manage", caller);
  const overlap = (input.overlapSeconds ?? SECRET_ROTATION_DEFAULTS.overlapSeconds) * 1000;
  const until = overlap === 0 ? null : new Date(Date.parse(now) + overlap).toISOString();
  const next: Webhook = { ...webhook, oldSecretUntil: until, version: webhook.version + 1 };
  return changed(
    next,
    draftEntry("webhook.secret_rotated", {
      id: webhook.id,
      before: null,
      after: { oldSecretUntil: until ?? now },
    }),
  );
}

/**
 * Sends a test event to this endpoint alone, regardless of its event types.
 * @throws DomainError `forbidden`, `webhook_inactive`
 */
export function pingWebhook(webhook: Webhook, { caller }: CallerFacts): Decision<Webhook> {
  requireRole("webhook.manage", caller);
  if (!webhook.active) {
    throw new DomainError("webhook_inactive", "The webhook is inactive; activate it first.");
  }
  return changed(
    webhook,
    draftEntry("webhook.pinged", { id: webhook.id, before: null, after: {} }),
  );
}

/**
 * Delivers events again; for an inactive webhook once it is reactivated.
 * @throws DomainError `forbidden`, `validation_failed`
 */
export function replayWebhook(
  webhook: Webhook,
  input: ReplayInput,
  { caller }: CallerFacts,
): Decision<Webhook> {
  requireRole("webhook.manage", caller);
  const { after, deliveryId } = input;
  if ((after === undefined) === (deliveryId === undefined)) {
    throw invalidField("", "exactly_one", "Give either `after` or `deliveryId`.");
  }
  const entry = { id: webhook.id, before: null, after: { after, deliveryId } };
  return changed(webhook, draftEntry("webhook.replayed", entry));
}

/** The audit entry of an active webhook that the server disables. */
export function disableWebhook(id: string, because: DisabledBecause): AuditDraft {
  return draftEntry("webhook.disabled", {
    id,
    before: { active: true, disabledBecause: null },
    after: { active: false, disabledBecause: because },
  });
}

/** Whether an event is delivered to an endpoint. */
export function wantsEvent(
  webhook: Pick<Webhook, "id" | "eventTypes" | "includeInternal">,
  event: { type: EventType; internal: boolean; subject: { id: string } },
): boolean {
  if (event.type === "webhook.pinged") return event.subject.id === webhook.id;
  if (event.internal && !webhook.includeInternal) return false;
  return webhook.eventTypes.length === 0 || webhook.eventTypes.includes(event.type);
}
