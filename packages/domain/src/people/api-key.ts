import { DomainError, invalidField } from "../error.ts";
import { type AuditDraft, draftEntry } from "../log/audit-entry.ts";
import { changed, type Decision, unchanged } from "../rules/decision.ts";
import { conditionOf, isAlwaysAllowed } from "../rules/permissions.ts";
import { forbidden, refused } from "../rules/refusal.ts";
import { type Caller, SCOPES, type Scope } from "../rules/roles.ts";

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
  /** Null: never. */
  expiresAt: string | null;
  /** To the minute; null: never. */
  lastUsedAt: string | null;
  /** When it was or will be revoked: in the future after a rotation; null: not revoked. */
  revokedAt: string | null;
  createdAt: string;
}

/** A new API key with its secret, which is in no other response. */
export interface ApiKeyWithSecret extends ApiKey {
  apiKey: string;
}

export interface IssueKeyInput {
  name: string;
  /** Default: those of the calling key. */
  scopes?: Scope[] | undefined;
  expiresAt?: string | undefined;
}

export interface RotateKeyInput {
  /** How long the old key remains valid, 0 to 604800 seconds; default 86400 (a day). */
  overlapSeconds?: number | undefined;
}

/** An API key with its owner. */
export interface OwnedKey extends ApiKey {
  userId: string;
}

const DEFAULT_OVERLAP_SECONDS = 86_400;

/** Whether a key is valid at that time. */
export function isActive(key: Pick<ApiKey, "revokedAt" | "expiresAt">, now: string): boolean {
  return (
    (key.revokedAt === null || key.revokedAt > now) &&
    (key.expiresAt === null || key.expiresAt > now)
  );
}

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
  now: string;
}

/**
 * The first key of a new user, without expiry.
 * @param facts.creator the creator of the user: the key has no scope that theirs lacks. Null for a bootstrap: every scope.
 */
export function firstKey({
  id,
  userId,
  masked,
  creator,
  now,
}: NewKeyFacts & { creator: Pick<Caller, "scopes"> | null }): OwnedKey {
  return {
    id,
    userId,
    name: "default",
    ...masked,
    scopes: SCOPES.filter((scope) => creator === null || creator.scopes.includes(scope)),
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
    createdAt: now,
  };
}

/**
 * Issues another key, with at most the scopes of the calling key.
 * @throws DomainError `forbidden`, `insufficient_scope`, `validation_failed`
 */
export function issueKey(
  input: IssueKeyInput,
  { caller, ...facts }: NewKeyFacts & { caller: Caller },
): Decision<OwnedKey> {
  requireMayManageKeys(facts.userId, caller);
  requireScopesWithin(input.scopes, caller);
  if (input.expiresAt !== undefined && input.expiresAt <= facts.now) {
    throw invalidField("/expiresAt", "in_the_past", "The expiry must be in the future.");
  }
  const key: OwnedKey = {
    ...firstKey({ ...facts, creator: caller }),
    name: input.name,
    scopes: SCOPES.filter((scope) => (input.scopes ?? caller.scopes).includes(scope)),
    expiresAt: input.expiresAt ?? null,
  };
  return changed(key, issued(key));
}

/**
 * Replaces a key with a new one of the same name and scopes. The old one remains valid for the overlap.
 * @throws DomainError `forbidden`, `api_key_inactive`, `insufficient_scope`
 */
export function rotateKey(
  key: OwnedKey,
  input: RotateKeyInput,
  { caller, now, id, masked }: { caller: Caller; now: string; id: string; masked: MaskedKey },
): Decision<{ old: OwnedKey; replacement: OwnedKey }> {
  requireMayManageKeys(key.userId, caller);
  if (key.revokedAt !== null || !isActive(key, now)) {
    throw new DomainError(
      "api_key_inactive",
      "A revoked, expired or already rotated key cannot be rotated.",
    );
  }
  requireScopesWithin(key.scopes, caller);
  const overlap = (input.overlapSeconds ?? DEFAULT_OVERLAP_SECONDS) * 1000;
  const old: OwnedKey = {
    ...key,
    revokedAt: new Date(Date.parse(now) + overlap).toISOString(),
  };
  const replacement: OwnedKey = {
    ...key,
    ...masked,
    id,
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

/**
 * Revokes a key immediately, in its overlap too. A revoked key stays as it is.
 * @throws DomainError `forbidden`
 */
export function revokeKey<Key extends Pick<OwnedKey, "id" | "userId" | "revokedAt">>(
  key: Key,
  { caller, now }: { caller: Caller; now: string },
): Decision<Key> {
  requireMayManageKeys(key.userId, caller);
  if (key.revokedAt !== null && key.revokedAt <= now) return unchanged(key);
  const next: Key = { ...key, revokedAt: now };
  return changed(next, draftEntry("api_key.revoked", { id: key.id, before: key, after: next }));
}

/** The audit entry of a new key. */
export function issued(key: OwnedKey): AuditDraft {
  return draftEntry("api_key.issued", { id: key.id, before: null, after: key });
}

function requireScopesWithin(scopes: readonly Scope[] | undefined, caller: Caller): void {
  const missing = scopes?.find((scope) => !caller.scopes.includes(scope));
  if (missing) {
    throw new DomainError(
      "insufficient_scope",
      `The calling key lacks the scope ${missing} and cannot grant it.`,
      { facts: { scope: missing } },
    );
  }
}
