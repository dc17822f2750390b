import { type OwnedKey, toPublicId, toUuid } from "@serviceflow/domain";
import { KEY_AND_USER } from "../../access/authority.ts";
import { load } from "../../commands/load.ts";
import { apiKeys, roles, users } from "../../db/schema.ts";
import { columns, json, p, type Row, sql, value } from "../../db/sql.ts";
import { OUTSTANDING } from "../codes/outstanding.ts";
import { noSuchUser } from "../users/no-such-user.ts";
import { adminKeys, worksNow } from "../working-keys.ts";
import { isKey, KEY, noSuchKey } from "./store.ts";

const user = p("user", "uuid?");
const id = p("id", "uuid?");

/** What bounds the active keys of a user. */
export const ROOM = {
  keysVersion: users.keysVersion,
  erasedAt: users.erasedAt,
  activeKeys: value(
    "int",
    sql`
      select count(*) from (
        select 1 from ${apiKeys}
        where ${apiKeys.userId} = ${users.id} and ${isKey} and ${worksNow} limit ${p("maxKeys", "int")}
      ) as active`,
  ),
};
export type Room = Row<typeof ROOM>;

const ownerById = load(
  "api_key_owner",
  sql`select ${columns(ROOM)} from ${users} where ${users.id} = ${user}`,
  noSuchUser,
);

/** The owner of a new key. */
export function loadOwner(userId: string, maxKeys: number, now: Date) {
  return ownerById({ user: toUuid("user", userId), maxKeys, now });
}

const rotatedById = load(
  "api_key_to_rotate",
  sql`
    select ${columns({ ...KEY, ...ROOM })} from ${KEY_AND_USER}
    where ${apiKeys.id} = ${id} and ${isKey}`,
  noSuchKey,
);

/** A key that is rotated, and what bounds its owner's keys. */
export function loadRotated(keyId: string, maxKeys: number, now: Date) {
  return rotatedById({ id: toUuid("apiKey", keyId), maxKeys, now });
}

/** The user whose keys are revoked, and the version that guards the last administrator. */
const REVOKED_OF = {
  ownerId: users.id,
  ownerRole: users.role,
  ownerActive: users.active,
  keysVersion: users.keysVersion,
  rosterVersion: roles.rosterVersion,
};
export type OwnerRow = Row<typeof REVOKED_OF>;

const revokedById = load(
  "api_key_to_revoke",
  sql`
    select ${columns({
      ...KEY,
      ...REVOKED_OF,
      hasOtherAdminKey: value(
        "boolean",
        sql`exists (select 1 from ${adminKeys} and ${apiKeys.id} <> ${id})`,
      ),
    })}
    from ${roles} join ${apiKeys} on ${apiKeys.id} = ${id} join ${users} on ${users.id} = ${apiKeys.userId}
    where ${roles.name} = 'ADMIN' and ${isKey}`,
  noSuchKey,
);

/** A key that is revoked, and whether an administrator has another one. */
export function loadRevoked(keyId: string, now: Date) {
  return revokedById({ id: toUuid("apiKey", keyId), now });
}

type ActiveKey = Pick<OwnedKey, "id" | "scopes" | "expiresAt" | "revokedAt"> &
  Pick<Row<typeof SESSION_FROM>, "sessionFrom">;
const SESSION_FROM = { sessionFrom: apiKeys.sessionFrom };

const allOfUser = load(
  "api_keys_to_revoke",
  sql`
    select ${columns({
      ...REVOKED_OF,
      keys: json<ActiveKey[] | null>(sql`(
        select json_agg(
          json_build_object(
            'id', ${apiKeys.id}, 'scopes', ${apiKeys.scopes},
            'expiresAt', ${apiKeys.expiresAt}, 'revokedAt', ${apiKeys.revokedAt},
            'sessionFrom', ${apiKeys.sessionFrom})
          order by ${apiKeys.id})
        from ${apiKeys} where ${apiKeys.userId} = ${user} and ${worksNow})`),
      codes: OUTSTANDING,
      hasOtherAdminKey: value(
        "boolean",
        sql`exists (select 1 from ${adminKeys} and ${users.id} <> ${user})`,
      ),
    })}
    from ${roles} join ${users} on ${users.id} = ${user} where ${roles.name} = 'ADMIN'`,
  noSuchUser,
);

/** The active keys and sessions of a user, and whether another administrator has one. */
export function loadAllOf(userId: string, now: Date) {
  return allOfUser({ user: toUuid("user", userId), now });
}

/** Keys as `loadAllOf` reads them. */
export function toActiveKeys(keys: readonly ActiveKey[] | null): ActiveKey[] {
  return (keys ?? []).map(({ id, scopes, expiresAt, revokedAt, sessionFrom }) => ({
    id: toPublicId("apiKey", id),
    scopes,
    expiresAt: toMoment(expiresAt),
    revokedAt: toMoment(revokedAt),
    sessionFrom,
  }));
}

export function toMoment(time: string | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
