import { type Caller, mayAskAgain, toPublicId } from "@serviceflow/domain";
import type { CallContext, UserActor } from "../context.ts";
import { apiKeys, users } from "../db/schema.ts";
import { sha256 } from "../db/sha256.ts";
import { columns, p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { isApiKey } from "./api-key-format.ts";
import { endedKey, KEY_AND_USER, STANDING, toCaller, unauthenticated } from "./authority.ts";

const KEY = {
  keyId: apiKeys.id,
  scopes: apiKeys.scopes,
  lastUsedAt: apiKeys.lastUsedAt,
  userId: users.id,
  kind: users.kind,
  ...STANDING,
};

const byHash = statement(
  "api_key_by_hash",
  sql`select ${columns(KEY)} from ${KEY_AND_USER} where ${apiKeys.hash} = ${p("hash", "bytea")}`,
);

/** Who calls. */
export interface Authenticated {
  actor: Omit<UserActor, "procedure">;
  /** Null: the key has just ended, and the call may only ask again for a stored answer. */
  caller: Caller | null;
}

/**
 * Authenticates a call by its `X-API-Key`. An unknown, expired or revoked key and an inactive user get the same answer.
 * @param asksAgain whether the call can ask for a stored answer
 * @throws DomainError `unauthenticated`, `rate_limited`
 */
export async function authenticate(ctx: CallContext, asksAgain = false): Promise<Authenticated> {
  const rawKey = ctx.header("x-api-key");
  if (rawKey === null) return refuseKeyless(ctx);
  const hash = isApiKey(rawKey) ? sha256(rawKey) : null;
  const hashText = hash && Buffer.from(hash).toString("base64");
  ctx.limits.requireUnblocked(ctx.clientAddress, hashText, ctx.responseHeaders);
  const [row] = hash ? await ctx.db.query(byHash, { hash }) : [];
  const now = ctx.clock().toISOString();
  const end = row && endedKey(row, now);
  if (!row || !hashText || (end && !(asksAgain && mayAskAgain(end, now)))) {
    await refuse(ctx, row?.keyId ?? null);
    throw unauthenticated();
  }
  const actor = {
    kind: "user" as const,
    userId: toPublicId("user", row.userId),
    userKind: row.kind,
    scopes: row.scopes,
    userUuid: row.userId,
    keyUuid: row.keyId,
    rawKey,
  };
  if (end) return { actor, caller: null };
  ctx.limits.noteValidKey(hashText);
  ctx.noteKeyUse(row.keyId, row.lastUsedAt);
  return { actor, caller: toCaller(actor, row) };
}

async function refuseKeyless(ctx: CallContext): Promise<never> {
  await ctx.limits.chargeKeyless(ctx.clientAddress, ctx.responseHeaders);
  ctx.noteSignInFailure({ address: ctx.clientAddress, keyUuid: null });
  throw unauthenticated();
}

/** Counts and records a call with a key that is not valid. */
export async function refuse(ctx: CallContext, keyUuid: string | null): Promise<void> {
  ctx.noteSignInFailure({ address: ctx.clientAddress, keyUuid });
  await ctx.limits.countFailure(ctx.clientAddress);
}
