import type { LiveSession, OwnedSession } from "@serviceflow/domain";
import { type Write, write } from "../../commands/write.ts";
import { uuidOf } from "../../db/ids.ts";
import { apiKeys, users } from "../../db/schema.ts";
import { p, sql } from "../../db/sql.ts";
import { DEFAULT, insertFrom, params, set } from "../../db/write.ts";
import { keyValues, REVOKED, raised, revokeValues } from "../api-keys/writes.ts";
import { usedUp } from "../codes/writes.ts";

const NEW_SESSION = { ...params(apiKeys, "key"), lastUsedAt: DEFAULT, revokedAt: DEFAULT };

const ENDED = sql`ended as (
  update ${apiKeys} set ${set(apiKeys, { revokedAt: p("keyCreatedAt", apiKeys.createdAt) })} from changed
  where ${apiKeys.id} = any(${p("ended", "uuid[]")}))`;

// As long as nothing has changed of the owner's keys and sessions, or the bound would not hold.
const start = write(
  "session_start",
  sql`
    owner as (${raised(
      sql`${users.keysVersion} = ${p("keysVersion", "int")} and ${users.active} and ${users.erasedAt} is null`,
    )}),
    changed as (${insertFrom(apiKeys, NEW_SESSION, sql`owner`)} returning ${apiKeys.id}),
    ${ENDED}`,
);

export interface NewSession {
  session: OwnedSession;
  ended: readonly Pick<LiveSession, "id">[];
}

export function insertSession(
  next: NewSession,
  secret: string,
  { keysVersion }: { keysVersion: number },
  providerSession: Uint8Array | null = null,
): Write {
  const values = sessionValues(next, secret);
  return start({ ...values, keyProviderSession: providerSession, keysVersion });
}

function sessionValues({ session, ended }: NewSession, secret: string) {
  const values = keyValues(session, secret);
  return {
    ...values,
    keySessionFrom: session.sessionFrom,
    keyIdleEndsAt: session.idleEndsAt,
    keyParentId: session.parentId === null ? null : uuidOf("apiKey", session.parentId),
    keyGrantsUntil: session.grantsUntil,
    keyProviderSession: null as Uint8Array | null,
    owner: values.keyUserId,
    ended: ended.map(({ id }) => uuidOf("apiKey", id)),
  };
}

const redeem = write(
  "code_redeem_for_session",
  sql`
    ${usedUp},
    changed as (${insertFrom(apiKeys, NEW_SESSION, sql`redeemed`)} returning ${apiKeys.id}),
    ${ENDED}`,
);

/** Writes a session that a code was redeemed for. */
export function redeemForSessionRow(
  next: NewSession,
  secret: string,
  { id, keysVersion }: { id: string; keysVersion: number },
): Write {
  return redeem({ ...sessionValues(next, secret), keysVersion, redeemedId: id });
}

const end = write("session_end", sql`owner as (${raised(sql`true`)}), changed as (${REVOKED})`);

export function endSessionRow(
  next: { revokedAt: string | null },
  row: { id: string; ownerId: string; revokedAt: string | null },
): Write {
  return end({ ...revokeValues(next, row), owner: row.ownerId });
}
