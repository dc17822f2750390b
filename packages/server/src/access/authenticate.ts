import {
  DomainError,
  isActive,
  type Role,
  type Scope,
  toPublicId,
  type UserKind,
} from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import type { CallContext, UserActor } from "../context.ts";
import { sha256 } from "../db/sha256.ts";
import { statement } from "../db/statement.ts";
import { isApiKey } from "./api-key-format.ts";

const byHash = statement(
  "api_key_by_hash",
  sql`
    select k.id as "keyId", k.scopes, k.expires_at as "expiresAt", k.revoked_at as "revokedAt",
      k.last_used_at as "lastUsedAt", u.id as "userId", u.full_name as "fullName", u.role,
      u.kind, u.active
    from api_keys k join users u on u.id = k.user_id
    where k.hash = ${sql.placeholder("hash")}`,
);

interface KeyRow {
  keyId: string;
  scopes: Scope[];
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  userId: string;
  fullName: string;
  role: Role;
  kind: UserKind;
  active: boolean;
}

/**
 * Whose call it is, by its `X-API-Key`. An unknown, expired or revoked key and an inactive user get one answer.
 * @throws DomainError `unauthenticated`, `rate_limited`
 */
export async function authenticate(ctx: CallContext): Promise<UserActor> {
  const rawKey = ctx.header("x-api-key");
  if (rawKey === null) throw unauthenticated();
  const hash = isApiKey(rawKey) ? sha256(rawKey) : null;
  const hashText = hash && Buffer.from(hash).toString("base64");
  ctx.limits.requireUnblocked(ctx.clientAddress, hashText, ctx.responseHeaders);
  const [row] = hash ? await ctx.db.query<KeyRow>(byHash, { hash }) : [];
  if (!row || !hashText || !isGood(row, ctx.clock().toISOString())) {
    await refuse(ctx, row?.keyId ?? null);
    throw unauthenticated();
  }
  ctx.limits.noteGoodKey(hashText);
  ctx.noteKeyUse(row.keyId, row.lastUsedAt);
  return {
    kind: "user",
    caller: {
      id: toPublicId("user", row.userId),
      fullName: row.fullName,
      role: row.role,
      kind: row.kind,
      scopes: row.scopes,
    },
    userUuid: row.userId,
    keyUuid: row.keyId,
    rawKey,
  };
}

/** Counts a call without a good key, and has it recorded. */
export async function refuse(ctx: CallContext, keyUuid: string | null): Promise<void> {
  ctx.noteSignInFailure({ address: ctx.clientAddress, keyUuid });
  await ctx.limits.countFailure(ctx.clientAddress);
}

function isGood(row: KeyRow, now: string): boolean {
  const revokedAt = row.revokedAt?.toISOString() ?? null;
  const expiresAt = row.expiresAt?.toISOString() ?? null;
  return row.active && isActive({ revokedAt, expiresAt }, now);
}

function unauthenticated(): DomainError {
  return new DomainError("unauthenticated", "Send a valid API key in the header X-API-Key.");
}
