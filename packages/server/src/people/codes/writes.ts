import type { OwnedCode, OwnedKey } from "@serviceflow/domain";
import { authorized } from "../../access/authority.ts";
import { type Write, write } from "../../commands/write.ts";
import { uuidOf } from "../../db/ids.ts";
import { apiKeys, oneTimeCodes, users } from "../../db/schema.ts";
import { sha256 } from "../../db/sha256.ts";
import { p, type Sql, sql } from "../../db/sql.ts";
import { insertFrom, params, prefixed } from "../../db/write.ts";
import { insertKeyFrom, keyValues, raised } from "../api-keys/writes.ts";

/** INSERT of a code, for each row of a CTE. */
export function insertCodeFrom(source: Sql) {
  return insertFrom(oneTimeCodes, params(oneTimeCodes, "code"), source);
}

export function codeValues(code: OwnedCode, secret: string, issuedWithId: string | null) {
  return prefixed("code", {
    id: uuidOf("code", code.id),
    userId: uuidOf("user", code.userId),
    hash: sha256(secret),
    purpose: code.purpose,
    name: code.name,
    scopes: code.scopes,
    issuerId: code.issuerId === null ? null : uuidOf("user", code.issuerId),
    issuedWithId,
    grantsUntil: code.grantsUntil,
    createdAt: code.createdAt,
    expiresAt: code.expiresAt,
  });
}

// As long as nothing has changed of the owner's keys and codes: an erasure removes those that they have.
const unchanged = sql`${users.keysVersion} = ${p("keysVersion", "int")} and ${users.erasedAt} is null`;

const issue = write(
  "code_issue",
  sql`
    owner as (${raised(unchanged)}),
    changed as (${insertCodeFrom(sql`owner`)} returning ${oneTimeCodes.id}),
    revoked as (
      delete from ${oneTimeCodes} using changed where ${oneTimeCodes.id} = any(${p("revoked", "uuid[]")}))`,
);

export function insertCode(
  { code, revoked }: { code: OwnedCode; revoked: readonly string[] },
  secret: string,
  issuedWithId: string | null,
  { keysVersion }: { keysVersion: number },
): Write {
  const values = codeValues(code, secret, issuedWithId);
  return issue({
    ...values,
    owner: values.codeUserId,
    keysVersion,
    revoked: revoked.map((id) => uuidOf("code", id)),
  });
}

const revoke = write(
  "code_revoke",
  sql`changed as (
    delete from ${oneTimeCodes} where ${oneTimeCodes.id} = ${p("id", "uuid")} and ${authorized}
    returning ${oneTimeCodes.id})`,
);

export function deleteCode(id: string): Write {
  return revoke({ id });
}

/** The owner, and then the code that is used up: first the owner, as every change of their keys, so that no two writes deadlock. */
export const usedUp = sql`
  owner as (${raised(sql`${unchanged} and ${users.active}`)}),
  redeemed as (
    delete from ${oneTimeCodes} using owner where ${oneTimeCodes.id} = ${p("redeemedId", "uuid")}
    returning ${oneTimeCodes.id})`;

const redeemForKey = write(
  "code_redeem_for_key",
  sql`${usedUp}, changed as (${insertKeyFrom(sql`redeemed`)} returning ${apiKeys.id})`,
);

export function redeemForKeyRow(
  key: OwnedKey,
  secret: string,
  { id, keysVersion }: { id: string; keysVersion: number },
): Write {
  const values = keyValues(key, secret);
  return redeemForKey({ ...values, owner: values.keyUserId, keysVersion, redeemedId: id });
}
