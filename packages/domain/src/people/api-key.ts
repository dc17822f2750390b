import { DomainError, invalidField } from "../error.ts";
import { record } from "../log/audit.ts";
import { changed, type Decision, unchanged } from "../rules/decision.ts";
import { forbidden, refused } from "../rules/permissions.ts";
import { type Caller, PERMISSIONS, SCOPES, type Scope } from "../rules/roles.ts";
import { crc32 } from "./crc32.ts";

/** An API key as it is shown: never the key itself. Times are ISO 8601 in UTC. */
export interface ApiKey {
  id: string;
  name: string;
  /** The first characters of the key, to recognise it by. */
  prefix: string;
  lastFour: string;
  scopes: Scope[];
  /** Null: never. */
  expiresAt: string | null;
  /** To the minute; null: not yet. */
  lastUsedAt: string | null;
  /** From when on it is refused, which can lie ahead when it has been rotated; null: not revoked. */
  revokedAt: string | null;
  createdAt: string;
}

/** The one answer that holds the key itself. */
export interface ApiKeyWithSecret extends ApiKey {
  apiKey: string;
}

export interface IssueKeyInput {
  name: string;
  /** Default: those of the key that asks. */
  scopes?: Scope[] | undefined;
  expiresAt?: string | undefined;
}

export interface RotateKeyInput {
  /** For how long the old key still works, 0 to 604800 seconds; default 86400 (a day). */
  overlapSeconds?: number | undefined;
}

/** An API key with whom it belongs to, as the decisions see it. */
export interface OwnedKey extends ApiKey {
  userId: string;
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const KEY_SHAPE = /^sf_[0-9A-Za-z]{49}$/;
const BODY_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const SHOWN_PREFIX_LENGTH = 7;
const DEFAULT_OVERLAP_SECONDS = 86_400;

/**
 * An API key from 32 random bytes: `sf_`, 43 letters of base 62, and their CRC-32 in six more, so that nonsense is
 * refused without a look-up and leaked keys can be found by a scanner.
 */
export function formatApiKey(random: Uint8Array): string {
  let number = 0n;
  for (const byte of random.subarray(0, 32)) number = (number << 8n) | BigInt(byte);
  const body = toBase62(number, BODY_LENGTH);
  return `sf_${body}${checksum(body)}`;
}

/** Whether a text has the shape of an API key and its checksum fits. */
export function isApiKey(text: string): boolean {
  if (!KEY_SHAPE.test(text)) return false;
  const body = text.slice(3, 3 + BODY_LENGTH);
  return text.endsWith(checksum(body));
}

/** The parts of a key that may be shown. */
export function maskApiKey(key: string): { prefix: string; lastFour: string } {
  return { prefix: key.slice(0, SHOWN_PREFIX_LENGTH), lastFour: key.slice(-4) };
}

/** Whether a key works at that moment. */
export function isActive(key: Pick<ApiKey, "revokedAt" | "expiresAt">, now: string): boolean {
  return (
    (key.revokedAt === null || key.revokedAt > now) &&
    (key.expiresAt === null || key.expiresAt > now)
  );
}

/** Whether the keys are the caller's own, or the caller may manage anybody's. */
export function mayManageKeys(ownerId: string, caller: Caller): boolean {
  return ownerId === caller.id || PERMISSIONS["api_key.manageAny"][caller.role] === "always";
}

/** @throws DomainError `forbidden` when the caller may not manage the keys of that user */
export function requireMayManageKeys(ownerId: string, caller: Caller): void {
  if (mayManageKeys(ownerId, caller)) return;
  const condition = PERMISSIONS["api_key.manageAny"][caller.role];
  throw refused(forbidden("api_key.manageAny", caller.role, condition));
}

/**
 * The first key of a new user, without expiry.
 * @param by who makes the user: the key can do no more than theirs. Null for a bootstrap: it can do everything.
 */
export function firstKey(
  id: string,
  userId: string,
  secret: string,
  by: Pick<Caller, "scopes"> | null,
  now: string,
): OwnedKey {
  return {
    id,
    userId,
    name: "default",
    ...maskApiKey(secret),
    scopes: SCOPES.filter((scope) => by === null || by.scopes.includes(scope)),
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
    createdAt: now,
  };
}

/**
 * Issues a further key. It can do no more than the key that asks for it.
 * @throws DomainError `forbidden`, `insufficient_scope`, `validation_failed`
 */
export function issueKey(
  input: IssueKeyInput,
  caller: Caller,
  facts: { id: string; secret: string; userId: string },
  now: string,
): Decision<OwnedKey> {
  requireMayManageKeys(facts.userId, caller);
  requireScopesWithin(input.scopes, caller);
  if (input.expiresAt !== undefined && input.expiresAt <= now) {
    throw invalidField("/expiresAt", "in_the_past", "The expiry must lie in the future.");
  }
  const key: OwnedKey = {
    ...firstKey(facts.id, facts.userId, facts.secret, caller, now),
    name: input.name,
    scopes: SCOPES.filter((scope) => (input.scopes ?? caller.scopes).includes(scope)),
    expiresAt: input.expiresAt ?? null,
  };
  return changed(key, issued(key));
}

/**
 * Replaces a key by a new one of the same name and scopes; the old one works on for the overlap.
 * @throws DomainError `forbidden`, `api_key_inactive`, `insufficient_scope`
 */
export function rotateKey(
  key: OwnedKey,
  input: RotateKeyInput,
  caller: Caller,
  facts: { id: string; secret: string },
  now: string,
): Decision<{ old: OwnedKey; replacement: OwnedKey }> {
  requireMayManageKeys(key.userId, caller);
  if (key.revokedAt !== null || !isActive(key, now)) {
    throw new DomainError(
      "api_key_inactive",
      "A key that is revoked, expired or rotated already cannot be rotated.",
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
    ...maskApiKey(facts.secret),
    id: facts.id,
    lastUsedAt: null,
    createdAt: now,
  };
  return changed(
    { old, replacement },
    record("api_key.rotated", key.id, { ...key }, { ...old, replacedBy: replacement.id }),
    issued(replacement),
  );
}

/**
 * Ends a key at once, also one in its overlap. One that has ended by revocation stays as it is.
 * @throws DomainError `forbidden`
 */
export function revokeKey<Key extends Pick<OwnedKey, "id" | "userId" | "revokedAt">>(
  key: Key,
  caller: Caller,
  now: string,
): Decision<Key> {
  requireMayManageKeys(key.userId, caller);
  if (key.revokedAt !== null && key.revokedAt <= now) return unchanged(key);
  const next: Key = { ...key, revokedAt: now };
  return changed(next, record("api_key.revoked", key.id, { ...key }, { ...next }));
}

/** The entry of a key that came to be. */
export function issued(key: OwnedKey) {
  return record("api_key.issued", key.id, null, { ...key });
}

function requireScopesWithin(scopes: readonly Scope[] | undefined, caller: Caller): void {
  const missing = scopes?.find((scope) => !caller.scopes.includes(scope));
  if (missing) {
    throw new DomainError(
      "insufficient_scope",
      `The key that asks does not have the scope ${missing} and cannot give it.`,
      { facts: { scope: missing } },
    );
  }
}

function checksum(body: string): string {
  return toBase62(BigInt(crc32(body)), CHECKSUM_LENGTH);
}

function toBase62(value: bigint, length: number): string {
  let rest = value;
  let letters = "";
  for (let i = 0; i < length; i += 1) {
    letters = BASE62[Number(rest % 62n)] + letters;
    rest /= 62n;
  }
  return letters;
}
