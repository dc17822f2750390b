import { DomainError } from "../error.ts";
import { type AuditDraft, draftEntry } from "../log/audit-entry.ts";
import { changed, type Decision, unchanged } from "../rules/decision.ts";
import { conditionOf, isAlwaysAllowed } from "../rules/permissions.ts";
import { forbidden, refused } from "../rules/refusal.ts";
import { type Caller, SCOPES, type Scope, type UserRef } from "../rules/roles.ts";
import { hasScope } from "../rules/scopes.ts";
import { isAdminKey, requireAnotherAdminKey } from "./admin-keys.ts";
import { codeRevoked } from "./code-entries.ts";
import {
  expiryOf,
  isActive,
  type KeyBounds,
  type KeyTimes,
  latestExpiry,
  requireRoomForKey,
} from "./key-bounds.ts";
import type { SessionSource } from "./session-source.ts";
import { requireNotErased, type User } from "./user.ts";

/** The parts of a key that may be shown. */
export interface MaskedKey {
  /** The first characters of the key, to recognise it by. */
  prefix: string;
  lastFour: string;
}

/** An API key without its secret. Times are ISO 8601 in UTC. */
export interface ApiKey extends MaskedKey {
  id: string;
  name: string;
  scopes: Scope[];
  /** The scopes with all that they include: what the key may be used for. */
  effectiveScopes: Scope[];
  /** Null: never. */
  expiresAt: string | null;
  /** To the minute; null: never. */
  lastUsedAt: string | null;
  /** When it was or will be revoked: in the future after a rotation; null: not revoked. */
  revokedAt: string | null;
  createdAt: string;
}

/** The API key of a call. */
export type CallingKey = Pick<ApiKey, "id" | "name" | "scopes" | "effectiveScopes" | "expiresAt">;

/** The API key of a call as its holder sees it: what it may do, until when, and as which user. */
export interface CurrentApiKey extends ApiKey {
  user: UserRef;
}

/** A new API key with its secret, which is in no other response. */
export interface ApiKeyWithSecret extends ApiKey {
  apiKey: string;
}

export interface IssueKeyInput {
  name: string;
  /** Default: those of the calling key; at most those that it includes. */
  scopes?: Scope[] | undefined;
  /** At the latest, and by default, when the calling key ends. */
  expiresAt?: string | undefined;
}

export interface RotateKeyInput {
  /** How long the old key remains valid, 0 to 604800 seconds; default 86400 (a day). */
  overlapSeconds?: number | undefined;
}

export interface RevokeKeysInput {
  /** Whether the key or session that makes the call remains valid; default false. */
  keepCallingKey?: boolean | undefined;
}

/** What revoking every key of a user did. */
export interface RevokedKeys {
  /** How many keys it revoked, and sessions it ended. */
  revoked: number;
}

/** An API key with its owner. */
export interface OwnedKey extends Omit<ApiKey, "effectiveScopes"> {
  userId: string;
}

/** What a rotation of a key has when its input says nothing else. */
export const KEY_ROTATION_DEFAULTS = { overlapSeconds: 86_400 } as const;

/** Whether the keys are the caller's own, or the caller may manage those of others. */
export function mayManageKeys(ownerId: string, caller: Caller): boolean {
  return ownerId === caller.id || isAlwaysAllowed("api_key.manageAny", caller);
}

/** @throws DomainError `forbidden` when the caller may not manage the keys of that user */
export function requireMayManageKeys(ownerId: string, caller: Caller): void {
  if (mayManageKeys(ownerId, caller)) return;
  const condition = conditionOf("api_key.manageAny", caller.role);
  throw refused(forbidden("api_key.manageAny", caller.role, condition));
}

/** What a new key is made from. */
export interface NewKeyFacts {
  id: string;
  /** The owner. */
  userId: string;
  masked: MaskedKey;
  bounds: KeyBounds;
  now: string;
}

/**
 * The first key of a new user. It expires no later than the bounds and the creator's key allow.
 * @param facts.creator the creator of the user: the key has no scope that theirs lacks. Null for a bootstrap: every scope.
 */
export function firstKey({
  id,
  userId,
  masked,
  creator,
  bounds,
  now,
}: NewKeyFacts & { creator: Pick<Caller, "scopes" | "keyEndsAt"> | null }): OwnedKey {
  return {
    id,
    userId,
    name: "default",
    ...masked,
    scopes: SCOPES.filter((scope) => creator === null || creator.scopes.includes(scope)),
    expiresAt: latestExpiry(null, { issuerEndsAt: creator?.keyEndsAt ?? null, bounds, now }),
    lastUsedAt: null,
    revokedAt: null,
    createdAt: now,
  };
}

/**
 * Issues another key, with at most the scopes of the calling key, which it does not outlive.
 * @param facts.activeKeys how many active keys the user has
 * @throws DomainError `forbidden`, `user_erased`, `insufficient_scope`, `validation_failed`, `too_many_api_keys`
 */
export function issueKey(
  input: IssueKeyInput,
  {
    caller,
    owner,
    activeKeys,
    ...facts
  }: NewKeyFacts & { caller: Caller; owner: Pick<User, "erasedAt">; activeKeys: number },
): Decision<OwnedKey> {
  requireMayManageKeys(facts.userId, caller);
  requireNotErased(owner);
  requireScopesWithin(input.scopes, caller);
  const expiresAt = expiryOf(input.expiresAt, { ...facts, issuerEndsAt: caller.keyEndsAt });
  requireRoomForKey(activeKeys, facts.bounds);
  const key: OwnedKey = {
    ...firstKey({ ...facts, creator: caller }),
    name: input.name,
    scopes: SCOPES.filter((scope) => (input.scopes ?? caller.scopes).includes(scope)),
    expiresAt,
  };
  return changed(key, issued(key));
}

/**
 * Replaces a key with a new one of the same name, scopes and expiry, which does not outlive the calling key either. The
 * old one remains valid for the overlap.
 * @param facts.activeKeys how many active keys the user has
 * @throws DomainError `forbidden`, `api_key_inactive`, `insufficient_scope`, `too_many_api_keys`
 */
export function rotateKey(
  key: OwnedKey,
  input: RotateKeyInput,
  facts: Omit<NewKeyFacts, "userId"> & { caller: Caller; activeKeys: number },
): Decision<{ old: OwnedKey; replacement: OwnedKey }> {
  const { caller, activeKeys, bounds, now, id, masked } = facts;
  requireMayManageKeys(key.userId, caller);
  if (key.revokedAt !== null || !isActive(key, now)) {
    throw new DomainError(
      "api_key_inactive",
      "A revoked, expired or already rotated key cannot be rotated.",
    );
  }
  requireScopesWithin(key.scopes, caller);
  const overlap = (input.overlapSeconds ?? KEY_ROTATION_DEFAULTS.overlapSeconds) * 1000;
  if (overlap > 0) requireRoomForKey(activeKeys, bounds);
  const old: OwnedKey = {
    ...key,
    revokedAt: new Date(Date.parse(now) + overlap).toISOString(),
  };
  const replacement: OwnedKey = {
    ...key,
    ...masked,
    id,
    expiresAt: latestExpiry(key.expiresAt, { issuerEndsAt: caller.keyEndsAt, bounds, now }),
    lastUsedAt: null,
    createdAt: now,
  };
  return changed(
    { old, replacement },
    draftEntry("api_key.rotated", {
      id: key.id,
      before: key,
      after: { ...old, replacedBy: replacement.id },
    }),
    issued(replacement),
  );
}

/** What revoking keys is decided on. */
export interface RevokeKeyFacts {
  caller: Caller;
  now: string;
  owner: Pick<User, "id" | "role" | "active">;
  /** Whether an administrator has a working key besides those that are revoked. */
  hasOtherAdminKey: boolean;
}

/**
 * Revokes a key immediately, in its overlap too. A revoked key stays as it is.
 * @throws DomainError `forbidden`, `last_admin`
 */
export function revokeKey(
  key: OwnedKey,
  { caller, now, owner, hasOtherAdminKey }: RevokeKeyFacts,
): Decision<OwnedKey> {
  requireMayManageKeys(key.userId, caller);
  const decision = endKey(key, now);
  if (decision.changed && isAdminKey(key, owner, now)) requireAnotherAdminKey(hasOtherAdminKey);
  return decision;
}

/**
 * Revokes every active key and session of a user immediately.
 * @param keys keys and sessions of the user; those that have ended stay as they are
 * @param facts.keep id of a key that remains valid; null: none
 * @param facts.codes ids of the user's outstanding one-time codes, which are revoked too
 * @returns the keys that are revoked
 * @throws DomainError `forbidden`, `last_admin`
 */
export function revokeAllKeys<
  Key extends Pick<OwnedKey, "id" | "scopes"> &
    KeyTimes & { sessionFrom?: SessionSource | null | undefined },
>(
  keys: readonly Key[],
  {
    caller,
    now,
    owner,
    hasOtherAdminKey,
    keep,
    codes,
  }: RevokeKeyFacts & { keep: string | null; codes: readonly string[] },
): Decision<readonly Key[]> {
  requireMayManageKeys(owner.id, caller);
  const active = keys.filter((key) => isActive(key, now));
  const ended = active.filter(({ id }) => id !== keep);
  const isAdmins = (key: Key) => isAdminKey(key, owner, now);
  if (ended.some(isAdmins)) {
    const keepsOne = active.some((key) => key.id === keep && isAdmins(key));
    requireAnotherAdminKey(keepsOne || hasOtherAdminKey);
  }
  const decisions = ended.map((key) => endKey(key, now));
  const [first, ...rest] = [
    ...decisions.flatMap((each) => (each.changed ? each.entries : [])),
    ...codes.map(codeRevoked),
  ];
  if (first === undefined) return unchanged([]);
  return changed(
    decisions.map(({ next }) => next),
    first,
    ...rest,
  );
}

/** Ends a key at once, with the entry for it. A revoked key stays as it is. */
export function endKey<Key extends Pick<OwnedKey, "id" | "revokedAt">>(
  key: Key,
  now: string,
): Decision<Key> {
  if (key.revokedAt !== null && key.revokedAt <= now) return unchanged(key);
  const next: Key = { ...key, revokedAt: now };
  return changed(next, draftEntry("api_key.revoked", { id: key.id, before: key, after: next }));
}

/** The audit entry of a new key. */
export function issued(key: OwnedKey): AuditDraft {
  return draftEntry("api_key.issued", { id: key.id, before: null, after: key });
}

/** @throws DomainError `insufficient_scope` when the caller lacks one of them */
export function requireScopesWithin(scopes: readonly Scope[] | undefined, caller: Caller): void {
  const missing = scopes?.find((scope) => !hasScope(caller.scopes, scope));
  if (missing) {
    throw new DomainError(
      "insufficient_scope",
      `The calling key lacks the scope ${missing} and cannot grant it.`,
      { facts: { scope: missing } },
    );
  }
}
