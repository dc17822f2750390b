import {
  type ApiKey,
  type Caller,
  DomainError,
  mayManageKeys,
  type OwnedKey,
  type Page,
  type Scope,
  toPublicId,
  toUuid,
} from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import type { Load, Write } from "../../commands/change.ts";
import type { Database } from "../../db/database.ts";
import { findByIds } from "../../db/find.ts";
import { limitOf, readUuidCursor, toPage, uuidCursor } from "../../db/page.ts";
import { sha256 } from "../../db/sha256.ts";
import { statement } from "../../db/statement.ts";

const p = sql.placeholder;

export interface KeyColumns {
  id: string;
  userId: string;
  name: string;
  prefix: string;
  lastFour: string;
  scopes: Scope[];
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
  createdAt: Date;
}

const COLUMNS = sql`
  k.id, k.user_id as "userId", k.name, k.prefix, k.last_four as "lastFour", k.scopes, k.expires_at as "expiresAt",
  k.last_used_at as "lastUsedAt", k.revoked_at as "revokedAt", k.created_at as "createdAt"`;

const ofUser = statement(
  "api_keys_of_user",
  sql`
    select ${COLUMNS} from api_keys k
    where k.user_id = ${p("user")}::uuid and (${p("before")}::uuid is null or k.id < ${p("before")}::uuid)
    order by k.id desc limit ${p("limit")}::int`,
);

/** A user's keys, newest first, ended ones included. */
export async function listKeys(
  db: Database,
  userUuid: string,
  input: { cursor?: string | undefined; limit?: number | undefined },
): Promise<Page<ApiKey>> {
  const limit = limitOf(input);
  const rows = await db.query<KeyColumns>(ofUser, {
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
  sql`select ${COLUMNS} from api_keys k where k.id = any(${p("ids")}::uuid[])`,
);

/** Keys by their ids, whoever asks. */
export function findKeys(db: Database, ids: readonly string[]): Promise<Map<string, ApiKey>> {
  return findByIds(db, byIds, "apiKey", ids, (row: KeyColumns) => toApiKey(toOwnedKey(row)));
}

function toOwnedKey(row: KeyColumns): OwnedKey {
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

/** One key and whose it is. */
export const loadKey: Load = {
  name: "api_key",
  query: sql`select ${COLUMNS} from api_keys k where k.id = ${p("id")}::uuid`,
};

/** @throws DomainError `not_found`, also for a key that is not the caller's and not theirs to manage */
export function requireKey(row: KeyColumns | null, caller: Caller): OwnedKey {
  const key = row && toOwnedKey(row);
  if (!key || !mayManageKeys(key.userId, caller)) throw noSuchKey();
  return key;
}

export function keyUuid(id: string): string {
  const uuid = toUuid("apiKey", id);
  if (uuid === null) throw noSuchKey();
  return uuid;
}

function noSuchKey(): DomainError {
  return new DomainError("not_found", "There is no such API key that you can see.");
}

/** The owner-to-be of a new key. */
export const loadOwner: Load = {
  name: "api_key_owner",
  query: sql`select u.id as "ownerId" from users u where u.id = ${p("user")}::uuid`,
};

/** Inserts a key; `from ...` and conditions can follow. */
export const keyColumns = sql`
  insert into api_keys (id, user_id, name, hash, prefix, last_four, scopes, expires_at, created_at)
  select ${p("keyId")}::uuid, ${p("keyUser")}::uuid, ${p("keyName")}::text, ${p("keyHash")}::bytea,
    ${p("keyPrefix")}::text, ${p("keyLastFour")}::text, ${p("keyScopes")}::text[],
    ${p("keyExpiresAt")}::timestamptz, ${p("keyCreatedAt")}::timestamptz`;

export function keyValues(key: OwnedKey, secret: string) {
  return {
    keyId: toUuid("apiKey", key.id),
    keyUser: toUuid("user", key.userId),
    keyName: key.name,
    keyHash: sha256(secret),
    keyPrefix: key.prefix,
    keyLastFour: key.lastFour,
    keyScopes: key.scopes,
    keyExpiresAt: key.expiresAt,
    keyCreatedAt: key.createdAt,
  };
}

const insert: Write = {
  name: "api_key_insert",
  ctes: sql`changed as (${keyColumns} returning id)`,
};

export function insertKey(key: OwnedKey, secret: string) {
  return { write: insert, requestUuid: null, values: keyValues(key, secret) };
}

// A key changes in nothing but this: whether and from when on it is revoked.
const revokedFrom = sql`changed as (
  update api_keys set revoked_at = ${p("revokedAt")}::timestamptz
  where id = ${p("id")}::uuid and revoked_at is not distinct from ${p("readRevokedAt")}::timestamptz
  returning id)`;

const rotate: Write = {
  name: "api_key_rotate",
  ctes: sql`${revokedFrom}, issued as (${keyColumns} from changed)`,
};

export function rotateKeyRow(
  next: { old: OwnedKey; replacement: OwnedKey },
  secret: string,
  row: KeyColumns,
) {
  return {
    write: rotate,
    requestUuid: null,
    values: { ...revokeValues(next.old, row), ...keyValues(next.replacement, secret) },
  };
}

const revoke: Write = { name: "api_key_revoke", ctes: revokedFrom };

export function revokeKeyRow(next: OwnedKey, row: KeyColumns) {
  return { write: revoke, requestUuid: null, values: revokeValues(next, row) };
}

function revokeValues(next: OwnedKey, row: KeyColumns) {
  return {
    id: row.id,
    readRevokedAt: row.revokedAt?.toISOString() ?? null,
    revokedAt: next.revokedAt,
  };
}
