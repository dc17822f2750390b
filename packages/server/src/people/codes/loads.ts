import { type RedeemableFacts, toUuid, wrongCode } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { load } from "../../commands/load.ts";
import { apiKeys, oneTimeCodes, users } from "../../db/schema.ts";
import { sha256 } from "../../db/sha256.ts";
import { columns, maybe, p, type Row, sql, value } from "../../db/sql.ts";
import { ROOM } from "../api-keys/loads.ts";
import { LIVE_SESSIONS } from "../sessions/loads.ts";
import { noSuchUser } from "../users/no-such-user.ts";
import { OUTSTANDING } from "./outstanding.ts";
import { CODE, noSuchCode, toOwnedCode } from "./store.ts";

const user = p("user", "uuid?");

const OWNER = { erasedAt: users.erasedAt, keysVersion: users.keysVersion, codes: OUTSTANDING };

const ownerOfCodes = load(
  "code_owner",
  sql`select ${columns(OWNER)} from ${users} where ${users.id} = ${user}`,
  noSuchUser,
);

/** The owner of a new code, and those that they have. */
export function loadOwnerOfCodes(userId: string) {
  return ownerOfCodes({ user: toUuid("user", userId) });
}

const codeById = load(
  "code_to_revoke",
  sql`
    select ${columns(CODE)} from ${oneTimeCodes} where ${oneTimeCodes.id} = ${p("id", "uuid?")}`,
  noSuchCode,
);

/** A code that is revoked. */
export function loadCode(id: string) {
  return codeById({ id: toUuid("code", id) });
}

const issuer = alias(users, "issuer");
const issuedWith = alias(apiKeys, "issued_with");
const parent = alias(apiKeys, "issued_with_parent");

const REDEEMED = {
  ...CODE,
  ...ROOM,
  active: users.active,
  live: LIVE_SESSIONS,
  issuerActive: maybe(issuer.active),
  issuerRole: maybe(issuer.role),
  issuedWithId: maybe(issuedWith.id),
  issuedWithParentId: maybe(issuedWith.parentId),
  issuedWithSession: value("boolean", sql`${issuedWith.sessionFrom} is not null`),
  issuedWithEndsAt: value(
    "timestamptz?",
    sql`least(
      ${issuedWith.revokedAt}, ${issuedWith.expiresAt}, ${issuedWith.idleEndsAt}, ${parent.revokedAt}, ${parent.expiresAt})`,
  ),
};
export type RedeemedRow = Row<typeof REDEEMED>;

const redeemedByHash = load(
  "code_to_redeem",
  sql`
    select ${columns(REDEEMED)} from ${oneTimeCodes}
    join ${users} on ${users.id} = ${oneTimeCodes.userId}
    left join ${users} ${issuer} on ${issuer.id} = ${oneTimeCodes.issuerId}
    left join ${apiKeys} ${issuedWith} on ${issuedWith.id} = ${oneTimeCodes.issuedWithId}
    left join ${apiKeys} ${parent} on ${parent.id} = ${issuedWith.parentId}
    where ${oneTimeCodes.hash} = ${p("hash", "bytea")}`,
  wrongCode,
);

/** A code that is redeemed, its user, and what decides whether it can be. */
export function loadRedeemed(secret: string, maxKeys: number, now: Date) {
  return redeemedByHash({ hash: sha256(secret), maxKeys, now });
}

export function redeemableFacts(row: RedeemedRow): Omit<RedeemableFacts, "purpose" | "now"> {
  const { issuerActive, issuerRole } = row;
  return {
    code: toOwnedCode(row),
    owner: { active: row.active, erasedAt: row.erasedAt },
    issuer:
      issuerActive === null || issuerRole === null
        ? null
        : { active: issuerActive, role: issuerRole },
    issuedWithEndsAt: row.issuedWithEndsAt,
  };
}
