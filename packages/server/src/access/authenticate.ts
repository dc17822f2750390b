import { DomainError, endOf, isActive, type KeyTimes, toPublicId } from "@serviceflow/domain";
import type { CallContext, UserActor } from "../context.ts";
import { apiKeys, users } from "../db/schema.ts";
import { sha256 } from "../db/sha256.ts";
import { columns, p, type Row, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { isApiKey } from "./api-key-format.ts";

const KEY = {
  keyId: apiKeys.id,
  scopes: apiKeys.scopes,
  expiresAt: apiKeys.expiresAt,
  revokedAt: apiKeys.revokedAt,
  lastUsedAt: apiKeys.lastUsedAt,
  userId: users.id,
  fullName: users.fullName,
  role: users.role,
  kind: users.kind,
  active: users.active,
};
type KeyRow = Row<typeof KEY>;

const byHash = statement(
  "api_key_by_hash",
  sql`
    select ${columns(KEY)} from ${apiKeys} join ${users} on ${users.id} = ${apiKeys.userId}
    where ${apiKeys.hash} = ${p("hash", "bytea")}`,
);

/**
 * Authenticates a call by its `X-API-Key`. An unknown, expired or revoked key and an inactive user get the same answer.
 * @throws DomainError `unauthenticated`, `rate_limited`
 */
export async function authenticate(ctx: CallContext): Promise<Omit<UserActor, "procedure">> {
  const rawKey = ctx.header("x-api-key");
  if (rawKey === null) return refuseKeyless(ctx);
  const hash = isApiKey(rawKey) ? sha256(rawKey) : null;
  const hashText = hash && Buffer.from(hash).toString("base64");
  ctx.limits.requireUnblocked(ctx.clientAddress, hashText, ctx.responseHeaders);
  const [row] = hash ? await ctx.db.query(byHash, { hash }) : [];
  if (!row || !hashText || !isValid(row, ctx.clock().toISOString())) {
    await refuse(ctx, row?.keyId ?? null);
    throw unauthenticated();
  }
  ctx.limits.noteValidKey(hashText);
  ctx.noteKeyUse(row.keyId, row.lastUsedAt);
  return {
    kind: "user",
    caller: {
      id: toPublicId("user", row.userId),
      fullName: row.fullName,
      role: row.role,
      kind: row.kind,
      scopes: row.scopes,
      keyEndsAt: endOf(timesOf(row)),
    },
    userUuid: row.userId,
    keyUuid: row.keyId,
    rawKey,
  };
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

function isValid(row: KeyRow, now: string): boolean {
  return row.active && isActive(timesOf(row), now);
}

function timesOf(row: KeyRow): KeyTimes {
  return {
    revokedAt: row.revokedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
  };
}

function unauthenticated(): DomainError {
  return new DomainError("unauthenticated", "Send a valid API key in the header X-API-Key.");
}
