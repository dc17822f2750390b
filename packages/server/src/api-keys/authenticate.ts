import {
  DomainError,
  isActive,
  isApiKey,
  type Role,
  type Scope,
  toPublicId,
} from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import type { CallContext, Principal } from "../context.ts";
import { sha256 } from "../db/sha256.ts";
import { statement } from "../db/statement.ts";

const byHash = statement(
  "api_key_by_hash",
  sql`
    select k.id as "keyId", k.scopes, k.expires_at as "expiresAt", k.revoked_at as "revokedAt",
      k.last_used_at as "lastUsedAt", u.id as "userId", u.full_name as "fullName", u.role, u.active
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
  active: boolean;
}

/**
 * Whose call it is, by its `X-API-Key`. An unknown, expired or revoked key and an inactive user get one answer.
 * @throws DomainError `unauthenticated`
 */
export async function authenticate(ctx: CallContext): Promise<Principal> {
  const rawKey = ctx.header("x-api-key");
  if (rawKey === null || !isApiKey(rawKey)) throw unauthenticated();
  const [row] = await ctx.db.query<KeyRow>(byHash, { hash: sha256(rawKey) });
  if (!row?.active) throw unauthenticated();
  const key = {
    revokedAt: row.revokedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
  };
  if (!isActive(key, ctx.clock().toISOString())) throw unauthenticated();
  ctx.noteKeyUse(row.keyId, row.lastUsedAt);
  return {
    caller: {
      id: toPublicId("user", row.userId),
      fullName: row.fullName,
      role: row.role,
      scopes: row.scopes,
    },
    userUuid: row.userId,
    keyUuid: row.keyId,
    rawKey,
  };
}

function unauthenticated(): DomainError {
  return new DomainError("unauthenticated", "Send a valid API key in the header X-API-Key.");
}
