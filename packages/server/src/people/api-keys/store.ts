import {
  type ApiKey,
  type Caller,
  DomainError,
  mayManageKeys,
  type OwnedKey,
  type Page,
  toPublicId,
  toUuid,
} from "@serviceflow/domain";
import { load, type Write, write } from "../../commands/command.ts";
import type { Database } from "../../db/database.ts";
import { findByIds } from "../../db/find.ts";
import { uuidOf } from "../../db/ids.ts";
import { limitOf, readUuidCursor, toPage, uuidCursor } from "../../db/page.ts";
import { apiKeys, users } from "../../db/schema.ts";
import { sha256 } from "../../db/sha256.ts";
import { columns, p, type Row, type Sql, sql } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";
import { DEFAULT, insertFrom, params, prefixed, set } from "../../db/write.ts";
import { noSuchUser } from "../users/no-such-user.ts";

const KEY = {
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

const before = p("before", "uuid?");

const ofUser = statement(
  "api_keys_of_user",
  sql`
    select ${columns(KEY)} from ${apiKeys}
    where ${apiKeys.userId} = ${p("user", "uuid")} and (${before} is null or ${apiKeys.id} < ${before})
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
export function findKeys(db: Database, ids: readonly string[]): Promise<Map<string, ApiKey>> {
  return findByIds(db, byIds, "apiKey", ids, (row) => toApiKey(toOwnedKey(row)));
}

function toOwnedKey(row: KeyRow): OwnedKey {
  return {
    id: toPublicId("apiKey", row.id),
    userId: toPublicId("user", row.userId),
    name: row.name,
    prefix: row.prefix,
    lastFour: row.lastFour,
    scopes: row.scopes,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

export function toApiKey({ userId: _, ...key }: OwnedKey): ApiKey {
  return key;
}

const loadById = load(
  "api_key",
  sql`select ${columns(KEY)} from ${apiKeys} where ${apiKeys.id} = ${p("id", "uuid")}`,
  noSuchKey,
);

/** One key and its owner. */
export function loadKey(id: string) {
  const uuid = toUuid("apiKey", id);
  if (uuid === null) throw noSuchKey();
  return loadById({ id: uuid });
}

/** @throws DomainError `not_found`, also for a key that the caller neither owns nor manages */
export function requireManaged(row: KeyRow, caller: Caller): OwnedKey {
  const key = toOwnedKey(row);
  if (!mayManageKeys(key.userId, caller)) throw noSuchKey();
  return key;
}

function noSuchKey(): DomainError {
  return new DomainError("not_found", "There is no such API key that you can see.");
}

const loadUser = load(
  "api_key_owner",
  sql`select ${columns({ ownerId: users.id })} from ${users} where ${users.id} = ${p("user", "uuid?")}`,
  noSuchUser,
);

/** The owner of a new key. */
export function loadOwner(userId: string) {
  return loadUser({ user: toUuid("user", userId) });
}

const NEW_KEY = { ...params(apiKeys, "key"), lastUsedAt: DEFAULT, revokedAt: DEFAULT };

/** INSERT of a key, for each row of a CTE. */
export function insertKeyFrom(source: Sql) {
  return insertFrom(apiKeys, NEW_KEY, source);
}

export function keyValues(key: OwnedKey, secret: string) {
  return prefixed("key", {
    id: uuidOf("apiKey", key.id),
    userId: uuidOf("user", key.userId),
    name: key.name,
    hash: sha256(secret),
    prefix: key.prefix,
    lastFour: key.lastFour,
    scopes: key.scopes,
    expiresAt: key.expiresAt,
    createdAt: key.createdAt,
  });
}

const insert = write(
  "api_key_insert",
  sql`changed as (${insertFrom(apiKeys, NEW_KEY)} returning ${apiKeys.id})`,
);

export function insertKey(key: OwnedKey, secret: string): Write {
  return insert(keyValues(key, secret));
}

// Nothing of a key changes but when it is revoked, so that stands in for a version.
const REVOKED = sql`changed as (
  update ${apiKeys} set ${set(apiKeys, { revokedAt: p("revokedAt", apiKeys.revokedAt) })}
  where ${apiKeys.id} = ${p("id", "uuid")}
    and ${apiKeys.revokedAt} is not distinct from ${p("readRevokedAt", apiKeys.revokedAt)}
  returning ${apiKeys.id})`;

const rotate = write("api_key_rotate", sql`${REVOKED}, issued as (${insertKeyFrom(sql`changed`)})`);

export function rotateKeyRow(
  next: { old: OwnedKey; replacement: OwnedKey },
  secret: string,
  row: KeyRow,
): Write {
  return rotate({ ...revokeValues(next.old, row), ...keyValues(next.replacement, secret) });
}

const revoke = write("api_key_revoke", REVOKED);

export function revokeKeyRow(next: OwnedKey, row: KeyRow): Write {
  return revoke(revokeValues(next, row));
}

function revokeValues(next: OwnedKey, row: KeyRow) {
  return {
    id: row.id,
    readRevokedAt: row.revokedAt?.toISOString() ?? null,
    revokedAt: next.revokedAt,
  };
}
