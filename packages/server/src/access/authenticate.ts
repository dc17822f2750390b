import { hash } from "node:crypto";
import { mayAskAgain, toPublicId } from "@serviceflow/domain";
import type { CallContext, KnownCaller } from "../context.ts";
import { apiKeys, users } from "../db/schema.ts";
import { columns, p, type Row, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { isApiKey } from "./api-key-format.ts";
import { endedKey, KEY_AND_USER, STANDING, unauthenticated } from "./authority.ts";

const KEY = {
  keyId: apiKeys.id,
  scopes: apiKeys.scopes,
  lastUsedAt: apiKeys.lastUsedAt,
  userId: users.id,
  kind: users.kind,
  ...STANDING,
};

type KeyRow = Row<typeof KEY>;

const byHash = statement(
  "api_key_by_hash",
  sql`select ${columns(KEY)} from ${KEY_AND_USER} where ${apiKeys.hash} = ${p("hash", "bytea")}`,
);

/** An API key in a call, which may be anybody's. */
export interface PresentedKey {
  raw: string;
  /** SHA-256, base64. */
  hash: string;
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

/** @throws DomainError `unauthenticated`, `rate_limited` */
export async function presentedKey(ctx: CallContext): Promise<PresentedKey> {
  const raw = givenKey(ctx);
  if (raw === null) return refuseKeyless(ctx);
  // A known key has the form of one.
  const digest = hash("sha256", raw, "base64");
  const isKey = ctx.knownCallers.has(digest) || isApiKey(raw);
  ctx.limits.requireUnblocked(ctx.clientAddress, isKey ? digest : null, ctx.responseHeaders);
  if (isKey) return { raw, hash: digest };
  await refuse(ctx, null);
  throw unauthenticated();
}

/** The text of an API key in a call; null: none. */
export function givenKey(ctx: CallContext): string | null {
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
  const [row] = await ctx.db.query(byHash, { hash: Buffer.from(key.hash, "base64") });
  const now = ctx.clock().toISOString();
  const end = row && endedKey(row, now);
  if (!row || (end && !(asksAgain && mayAskAgain(end, now)))) {
    await refuse(ctx, row?.keyId ?? null);
    throw unauthenticated();
  }
  const known = toKnownCaller(row);
  if (end) return { key, known, hasEnded: true, isProven: true };
  ctx.knownCallers.set(key.hash, known);
  noteUse(ctx, key, known);
  return { key, known, hasEnded: false, isProven: true };
}

function toKnownCaller({ keyId, userId, kind, scopes, lastUsedAt, ...standing }: KeyRow) {
  const actor = {
    userId: toPublicId("user", userId),
    userKind: kind,
    scopes,
    userUuid: userId,
    keyUuid: keyId,
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

/** Counts and records a call with a key that is not valid. */
export async function refuse(ctx: CallContext, keyUuid: string | null): Promise<void> {
  ctx.noteSignInFailure({ address: ctx.clientAddress, keyUuid });
  await ctx.limits.countFailure(ctx.clientAddress);
}
