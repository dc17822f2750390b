import { hash } from "node:crypto";
import { DomainError, mayAskAgain, toPublicId } from "@serviceflow/domain";
import type { CallContext, KnownCaller } from "../context.ts";
import { apiKeys, users } from "../db/schema.ts";
import { columns, p, type Row, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { isApiKey, looksLikeApiKey } from "./api-key-format.ts";
import { endedKey, KEY_AND_USER, STANDING, unauthenticated } from "./authority.ts";
import { isSameOrigin } from "./same-origin.ts";
import { hasSessionCookie, sessionSecretIn } from "./session-cookie.ts";

const KEY = {
  keyId: apiKeys.id,
  scopes: apiKeys.scopes,
  lastUsedAt: apiKeys.lastUsedAt,
  userId: users.id,
  kind: users.kind,
  sessionFrom: apiKeys.sessionFrom,
  grantsUntil: apiKeys.grantsUntil,
  ...STANDING,
};

type KeyRow = Row<typeof KEY>;

const byHash = statement(
  "api_key_by_hash",
  sql`select ${columns(KEY)} from ${KEY_AND_USER} where ${apiKeys.hash} = ${p("hash", "bytea")}`,
);

/** An API key or session in a call, which may be anybody's. */
export interface PresentedKey {
  raw: string;
  /** SHA-256, base64. */
  hash: string;
  credential: "key" | "session";
}

/** Who calls. */
export interface Authenticated {
  key: PresentedKey;
  known: KnownCaller;
  /** Whether the key has ended, and the call may only ask again for a stored answer. */
  hasEnded: boolean;
  /** Whether the database has just been asked: otherwise it must judge the caller where it does what they call for. */
  isProven: boolean;
}

/**
 * The API key of a call, or without any the session of the page that makes it.
 * @throws DomainError `unauthenticated`, `rate_limited`
 */
export async function presentedKey(ctx: CallContext): Promise<PresentedKey> {
  const key = await presentedApiKey(ctx);
  if (key !== null) return key;
  const raw = isSameOrigin(ctx) ? sessionSecretIn(ctx.header("cookie"), ctx) : null;
  if (raw === null) return refuseKeyless(ctx, withoutKey(ctx));
  const digest = hash("sha256", raw, "base64");
  ctx.limits.requireUnblocked(ctx.clientAddress, digest, ctx.responseHeaders);
  // The next person at the browser must not find it there.
  ctx.responseHeaders["cache-control"] = "no-store";
  return { raw, hash: digest, credential: "session" };
}

/**
 * The API key of a call; null: it has none.
 * @throws DomainError `unauthenticated`, `rate_limited`
 */
export async function presentedApiKey(ctx: CallContext): Promise<PresentedKey | null> {
  const raw = givenKey(ctx);
  if (raw === null) return null;
  // A known key has the form of one.
  const digest = hash("sha256", raw, "base64");
  const isKey = (looksLikeApiKey(raw) && ctx.knownCallers.has(digest)) || isApiKey(raw);
  ctx.limits.requireUnblocked(ctx.clientAddress, isKey ? digest : null, ctx.responseHeaders);
  if (isKey) return { raw, hash: digest, credential: "key" };
  await refuse(ctx, null);
  throw unauthenticated();
}

/** The refusal of a call without a key, and without a session that counts. */
function withoutKey(ctx: CallContext): DomainError {
  if (!hasSessionCookie(ctx.header("cookie"), ctx)) return unauthenticated();
  return new DomainError(
    "unauthenticated",
    isSameOrigin(ctx)
      ? "The call has several session cookies, or one that holds no session: delete the cookies of this site and sign in again."
      : "A session counts only in calls of pages of this server itself, which browsers mark with Sec-Fetch-Site: same-origin or an equal Origin. Otherwise send an API key in the header X-API-Key.",
  );
}

/** Whether a call has a key, valid or not. */
export function hasKey(ctx: CallContext): boolean {
  return givenKey(ctx) !== null;
}

/** Whether a call has a key or a session, valid or not. */
export function hasCredential(ctx: CallContext): boolean {
  return hasKey(ctx) || hasSessionCookie(ctx.header("cookie"), ctx);
}

/** The text of an API key in a call; null: none. */
function givenKey(ctx: CallContext): string | null {
  return ctx.header("x-api-key") ?? bearerOf(ctx.header("authorization"));
}

/** For clients that can only send `Authorization: Bearer`. Any other scheme is for somebody in between. */
function bearerOf(header: string | null): string | null {
  return header === null ? null : (/^Bearer +(\S+) *$/i.exec(header)?.[1] ?? null);
}

/** The caller as they were when they called last; null when they are not known, or their key has expired. */
export function recall(ctx: CallContext, key: PresentedKey): Authenticated | null {
  const known = ctx.knownCallers.find(key.hash);
  if (!known || endedKey(known.standing, ctx.clock().toISOString()) !== null) return null;
  return { key, known, hasEnded: false, isProven: false };
}

/**
 * Asks the database who calls. An unknown, expired or revoked key and an inactive user get the same answer.
 * @param asksAgain whether the call can ask for a stored answer
 * @throws DomainError `unauthenticated`
 */
export async function ask(
  ctx: CallContext,
  key: PresentedKey,
  asksAgain = false,
): Promise<Authenticated> {
  ctx.knownCallers.delete(key.hash);
  const [row] = await ctx.db.points.query(byHash, { hash: Buffer.from(key.hash, "base64") });
  const now = ctx.clock().toISOString();
  const end = row && endedKey(row, now);
  if (!row || (end && !(asksAgain && mayAskAgain(end, now)))) {
    throw await refused(ctx, key, row?.keyId ?? null);
  }
  const known = toKnownCaller(row);
  if (end) return { key, known, hasEnded: true, isProven: true };
  ctx.knownCallers.set(key.hash, known);
  noteUse(ctx, key, known);
  return { key, known, hasEnded: false, isProven: true };
}

function toKnownCaller(row: KeyRow): KnownCaller {
  const { keyId, userId, kind, scopes, lastUsedAt, sessionFrom, grantsUntil, ...standing } = row;
  const actor = {
    userId: toPublicId("user", userId),
    userKind: kind,
    scopes,
    userUuid: userId,
    keyUuid: keyId,
    session: sessionFrom === null ? null : { grantsUntil },
  };
  return { actor, standing, lastUsedAt };
}

/** Notes that a key was valid in a call. */
export function noteUse(ctx: CallContext, key: PresentedKey, known: KnownCaller): void {
  ctx.limits.noteValidKey(key.hash);
  known.lastUsedAt = ctx.noteKeyUse(known.actor.keyUuid, known.lastUsedAt);
}

/**
 * Refuses a call without a key.
 * @throws DomainError `unauthenticated`, `rate_limited`
 */
export async function refuseKeyless(ctx: CallContext, error = unauthenticated()): Promise<never> {
  await ctx.limits.chargeKeyless(ctx.clientAddress, ctx.responseHeaders);
  ctx.noteSignInFailure({ address: ctx.clientAddress, keyUuid: null });
  throw error;
}

/**
 * Counts and records a call with a key or session that is not valid. A session that has ended was not guessed: a browser that
 * keeps calling with it must not lock out those who sign in from the same address.
 * @returns what it is refused with
 * @throws DomainError `rate_limited`
 */
export async function refused(
  ctx: CallContext,
  { credential }: PresentedKey,
  keyUuid: string | null,
): Promise<DomainError> {
  const error = unauthenticated(credential);
  if (credential === "session" && keyUuid !== null) {
    ctx.noteSignInFailure({ address: ctx.clientAddress, keyUuid });
    await ctx.limits.chargeKeyless(ctx.clientAddress, ctx.responseHeaders);
  } else await refuse(ctx, keyUuid);
  return error;
}

/** Counts and records a call with a key that is not valid. */
export async function refuse(ctx: CallContext, keyUuid: string | null): Promise<void> {
  ctx.noteSignInFailure({ address: ctx.clientAddress, keyUuid });
  await ctx.limits.countFailure(ctx.clientAddress);
}
