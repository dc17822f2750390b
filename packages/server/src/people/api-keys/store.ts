import {
  type ApiKey,
  type Caller,
  type CurrentApiKey,
  DomainError,
  effectiveScopes,
  mayManageKeys,
  type OwnedKey,
  type Page,
  toPublicId,
} from "@serviceflow/domain";
import { KEY_AND_USER } from "../../access/authority.ts";
import type { Database, Reads } from "../../db/database.ts";
import { findByIds } from "../../db/find.ts";
import { limitOf, readUuidCursor, toPage, uuidCursor } from "../../db/page.ts";
import { apiKeys, users } from "../../db/schema.ts";
import { columns, p, type Row, sql } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";

export const KEY = {
  id: apiKeys.id,
  userId: apiKeys.userId,
  name: apiKeys.name,
  prefix: apiKeys.prefix,
  lastFour: apiKeys.lastFour,
  scopes: apiKeys.scopes,
  expiresAt: apiKeys.expiresAt,
  lastUsedAt: apiKeys.lastUsedAt,
  revokedAt: apiKeys.revokedAt,
  createdAt: apiKeys.createdAt,
};
export type KeyRow = Row<typeof KEY>;

/** Sessions have an interface of their own. */
export const isKey = sql`${apiKeys.sessionFrom} is null`;

const before = p("before", "uuid?");

const ofUser = statement(
  "api_keys_of_user",
  sql`
    select ${columns(KEY)} from ${apiKeys}
    where ${apiKeys.userId} = ${p("user", "uuid")} and ${isKey} and (${before} is null or ${apiKeys.id} < ${before})
    order by ${apiKeys.id} desc limit ${p("limit", "int")}`,
);

/** A user's keys, newest first, expired and revoked ones included. */
export async function listKeys(
  db: Database,
  userUuid: string,
  input: { cursor?: string | undefined; limit?: number | undefined },
): Promise<Page<ApiKey>> {
  const limit = limitOf(input);
  const rows = await db.query(ofUser, {
    user: userUuid,
    before: readUuidCursor(input.cursor),
    limit: limit + 1,
  });
  return toPage(
    rows,
    limit,
    (row) => toApiKey(toOwnedKey(row)),
    (row) => uuidCursor(row.id),
  );
}

const byIds = statement(
  "api_keys_by_ids",
  sql`select ${columns(KEY)} from ${apiKeys} where ${apiKeys.id} = any(${p("ids", "uuid[]")})`,
);

/** Keys by their ids, without a check of permissions. */
export function findKeys(db: Reads, ids: readonly string[]): Promise<Map<string, ApiKey>> {
  return findByIds(db, byIds, "apiKey", ids, (row) => toApiKey(toOwnedKey(row)));
}

const byId = statement(
  "api_key_with_user",
  sql`
    select ${columns({ ...KEY, userName: users.fullName })} from ${KEY_AND_USER}
    where ${apiKeys.id} = ${p("id", "uuid")}`,
);

/** The key of a call, with its user. */
export async function getCurrentKey(db: Database, keyUuid: string): Promise<CurrentApiKey> {
  const [row] = await db.points.query(byId, { id: keyUuid });
  if (!row) throw noSuchKey();
  const { userName: fullName, ...key } = row;
  const owned = toOwnedKey(key);
  return { ...toApiKey(owned), user: { id: owned.userId, fullName } };
}

function toOwnedKey(row: KeyRow): OwnedKey {
  return {
    id: toPublicId("apiKey", row.id),
    userId: toPublicId("user", row.userId),
    name: row.name,
    prefix: row.prefix,
    lastFour: row.lastFour,
    scopes: row.scopes,
    expiresAt: row.expiresAt,
    lastUsedAt: row.lastUsedAt,
    revokedAt: row.revokedAt,
    createdAt: row.createdAt,
  };
}

export function toApiKey({ userId: _, ...key }: OwnedKey): ApiKey {
  return { ...key, effectiveScopes: effectiveScopes(key.scopes) };
}

/** @throws DomainError `not_found`, also for a key that the caller neither owns nor manages */
export function requireManaged(row: KeyRow, caller: Caller): OwnedKey {
  const key = toOwnedKey(row);
  if (!mayManageKeys(key.userId, caller)) throw noSuchKey();
  return key;
}

export function noSuchKey(): DomainError {
  return new DomainError("not_found", "There is no such API key that you can see.");
}
