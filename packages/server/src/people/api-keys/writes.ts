import type { OwnedKey } from "@serviceflow/domain";
import { authorized } from "../../access/authority.ts";
import { type Write, write } from "../../commands/write.ts";
import { uuidOf } from "../../db/ids.ts";
import { apiKeys, oneTimeCodes, users } from "../../db/schema.ts";
import { sha256 } from "../../db/sha256.ts";
import { p, type Sql, sql } from "../../db/sql.ts";
import { DEFAULT, insertFrom, params, prefixed, set } from "../../db/write.ts";
import { rosterHeld } from "../users/roster.ts";
import type { OwnerRow, Room } from "./loads.ts";
import type { KeyRow } from "./store.ts";

const NEW_KEY = {
  ...params(apiKeys, "key"),
  lastUsedAt: DEFAULT,
  revokedAt: DEFAULT,
  sessionFrom: DEFAULT,
  idleEndsAt: DEFAULT,
  parentId: DEFAULT,
  grantsUntil: DEFAULT,
  providerSession: DEFAULT,
};

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

/** Raises the version of a user's keys, which locks the user: before any key, so that no two writes deadlock. */
export function raised<Params>(condition: Sql<Params>) {
  return sql`
    update ${users} set ${set(users, { keysVersion: sql`${users.keysVersion} + 1` })}
    where ${users.id} = ${p("owner", "uuid")} and ${condition} and ${authorized}
    returning ${users.id}`;
}

// An erasure ends every key that the user has: none may follow it.
const withRoom = sql`owner as (${raised(
  sql`${users.keysVersion} < ${p("keysVersionBelow", "int")} and ${users.erasedAt} is null`,
)})`;

/**
 * Up to which version there is room for another key: each change since the load can have added one key. So concurrent
 * changes only conflict at the bound.
 */
function roomOf({ keysVersion, activeKeys }: Room, maxKeys: number): number {
  return keysVersion + maxKeys - activeKeys;
}

const insert = write(
  "api_key_insert",
  sql`${withRoom}, changed as (${insertKeyFrom(sql`owner`)} returning ${apiKeys.id})`,
);

export function insertKey(key: OwnedKey, secret: string, room: Room, maxKeys: number): Write {
  const values = keyValues(key, secret);
  return insert({ ...values, owner: values.keyUserId, keysVersionBelow: roomOf(room, maxKeys) });
}

// Nothing of a key changes but when it is revoked, so that stands in for a version.
export const REVOKED = sql`
  update ${apiKeys} set ${set(apiKeys, { revokedAt: p("revokedAt", apiKeys.revokedAt) })}
  from owner
  where ${apiKeys.id} = ${p("id", "uuid")}
    and ${apiKeys.revokedAt} is not distinct from ${p("readRevokedAt", apiKeys.revokedAt)}
  returning ${apiKeys.id}`;

const rotate = write(
  "api_key_rotate",
  sql`${withRoom}, changed as (${REVOKED}), issued as (${insertKeyFrom(sql`changed`)})`,
);

// A rotation without overlap replaces one active key by another: there is always room for it.
const ANY_VERSION = 2_147_483_647;

export function rotateKeyRow(
  next: { old: OwnedKey; replacement: OwnedKey },
  secret: string,
  row: KeyRow & Room,
  maxKeys: number,
): Write {
  const { old, replacement } = next;
  const replaces = old.revokedAt !== null && old.revokedAt <= replacement.createdAt;
  return rotate({
    ...revokeValues(old, row),
    ...keyValues(replacement, secret),
    owner: row.userId,
    keysVersionBelow: replaces ? ANY_VERSION : roomOf(row, maxKeys),
  });
}

const revoke = write(
  "api_key_revoke",
  sql`owner as (${raised(sql`true`)}), changed as (${REVOKED})`,
);

const revokeOnRoster = write(
  "api_key_revoke_on_roster",
  sql`${rosterHeld},
    owner as (${raised(sql`exists (select 1 from roster)`)}), changed as (${REVOKED})`,
);

export function revokeKeyRow(next: OwnedKey, row: KeyRow & OwnerRow): Write {
  const values = { ...revokeValues(next, row), owner: row.ownerId };
  return isAdmins(row)
    ? revokeOnRoster({ ...values, rosterVersion: row.rosterVersion })
    : revoke(values);
}

export function revokeValues(
  next: Pick<OwnedKey, "revokedAt">,
  row: Pick<KeyRow, "id" | "revokedAt">,
) {
  return {
    id: row.id,
    readRevokedAt: row.revokedAt,
    revokedAt: next.revokedAt,
  };
}

/** The end of an administrator's key can leave none, so such changes exclude one another. */
function isAdmins({ ownerRole, ownerActive }: OwnerRow): boolean {
  return ownerRole === "ADMIN" && ownerActive;
}

const allHeld = sql`${users.keysVersion} = ${p("keysVersion", "int")}`;
const ENDED = sql`ended as (
  update ${apiKeys} set ${set(apiKeys, { revokedAt: p("revokedAt", apiKeys.revokedAt) })} from changed
  where ${apiKeys.id} = any(${p("ids", "uuid[]")}))`;
const ENDED_WITH_CODES = sql`${ENDED},
  codes as (delete from ${oneTimeCodes} using changed where ${oneTimeCodes.userId} = changed.id)`;

const revokeAll = write(
  "api_keys_revoke",
  sql`changed as (${raised(allHeld)}), ${ENDED_WITH_CODES}`,
);

const revokeAllOnRoster = write(
  "api_keys_revoke_on_roster",
  sql`${rosterHeld},
    changed as (${raised(sql`${allHeld} and exists (select 1 from roster)`)}), ${ENDED_WITH_CODES}`,
);

export function revokeKeyRows(
  next: readonly Pick<OwnedKey, "id" | "revokedAt">[],
  row: OwnerRow,
): Write {
  const values = {
    owner: row.ownerId,
    keysVersion: row.keysVersion,
    ids: next.map(({ id }) => uuidOf("apiKey", id)),
    revokedAt: next[0]?.revokedAt ?? null,
  };
  return isAdmins(row)
    ? revokeAllOnRoster({ ...values, rosterVersion: row.rosterVersion })
    : revokeAll(values);
}

const endSessions = write("sessions_end", sql`changed as (${raised(allHeld)}), ${ENDED}`);

/** Ends sessions alone: none of them counts as the key of an administrator, and what they issued is judged by itself. */
export function endSessionRows(
  next: readonly Pick<OwnedKey, "id" | "revokedAt">[],
  { ownerId, keysVersion }: { ownerId: string; keysVersion: number },
): Write {
  return endSessions({
    owner: ownerId,
    keysVersion,
    ids: next.map(({ id }) => uuidOf("apiKey", id)),
    revokedAt: next[0]?.revokedAt ?? null,
  });
}
