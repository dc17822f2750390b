import { type Identity, type OwnedKey, toPublicId } from "@serviceflow/domain";
import { load } from "../../commands/load.ts";
import type { Database } from "../../db/database.ts";
import { apiKeys, userIdentities, users } from "../../db/schema.ts";
import { sha256 } from "../../db/sha256.ts";
import { columns, json, type ParamsIn, p, type Row, type Sql, sql, value } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";
import type { ProvenLogout } from "../../oidc/provider.ts";
import { noSuchUser } from "../users/no-such-user.ts";
import { worksNow } from "../working-keys.ts";

const issuer = p("issuer", userIdentities.issuer);
const subject = p("subject", userIdentities.subject);

const PERSON = {
  id: users.id,
  role: users.role,
  kind: users.kind,
  fullName: users.fullName,
  active: users.active,
  erasedAt: users.erasedAt,
};
export type PersonRow = Row<typeof PERSON>;

const bySubject = statement(
  "identity_by_subject",
  sql`
    select ${columns(PERSON)} from ${userIdentities} join ${users} on ${users.id} = ${userIdentities.userId}
    where ${userIdentities.issuer} = ${issuer} and ${userIdentities.subject} = ${subject}`,
);

const byEmail = statement(
  "identity_by_email",
  sql`
    select ${columns({
      ...PERSON,
      hasAnother: value(
        "boolean",
        sql`exists (
          select 1 from ${userIdentities}
          where ${userIdentities.userId} = ${users.id} and ${userIdentities.issuer} = ${issuer}
            and ${userIdentities.subject} <> ${subject})`,
      ),
    })}
    from ${users} where ${users.email} = ${p("email", users.email)}`,
);

/** The user who is bound to an account. */
export async function findBySubject(
  db: Database,
  { issuer, subject }: Identity,
): Promise<PersonRow | undefined> {
  const [row] = await db.query(bySubject, { issuer, subject });
  return row;
}

/** The user with an address, and whether they are bound to another account of the provider. */
export async function findByEmail(
  db: Database,
  { issuer, subject }: Identity,
  email: string,
): Promise<(PersonRow & { hasAnother: boolean }) | undefined> {
  const [row] = await db.query(byEmail, { issuer, subject, email });
  return row;
}

/** Issuer and session id have no common limit of length, and say who somebody is elsewhere: their hash does. */
export function providerSession(issuer: string, sid: string): Uint8Array {
  return sha256(JSON.stringify([issuer, sid]));
}

type EndedRow = { id: string; revokedAt: string | null };

const ofProvider = sql`
  ${apiKeys.sessionFrom} = 'OIDC' and ${apiKeys.createdAt} <= ${p("before", "timestamptz")} and ${worksNow}`;
const hash = p("providerSession", "bytea");

function endedOf<Params>(condition: Sql<Params>) {
  return {
    ownerId: users.id,
    keysVersion: users.keysVersion,
    sessions: json<EndedRow[] | null, Params & ParamsIn<typeof ofProvider>>(sql`(
      select json_agg(
        json_build_object('id', ${apiKeys.id}, 'revokedAt', ${apiKeys.revokedAt}) order by ${apiKeys.id})
      from ${apiKeys}
      where ${apiKeys.userId} = ${users.id} and ${ofProvider} and ${condition})`),
  };
}

const IDENTITY_AND_USER = sql`
  ${userIdentities} join ${users} on ${users.id} = ${userIdentities.userId}
  where ${userIdentities.issuer} = ${issuer} and ${userIdentities.subject} = ${subject}`;

const ofAccount = load(
  "identity_sessions",
  sql`select ${columns(endedOf(sql`true`))} from ${IDENTITY_AND_USER}`,
  noSuchUser,
);

// A session that names none of the provider's can be any of them.
const ofAccountAndSession = load(
  "identity_session",
  sql`
    select ${columns(
      endedOf(sql`(${apiKeys.providerSession} = ${hash} or ${apiKeys.providerSession} is null)`),
    )} from ${IDENTITY_AND_USER}`,
  noSuchUser,
);

// One browser session of the provider is of one person.
const ofSession = load(
  "provider_session",
  sql`
    select ${columns(endedOf(sql`${apiKeys.providerSession} = ${hash}`))}
    from ${users} where ${users.id} = (
      select ${apiKeys.userId} from ${apiKeys}
      where ${apiKeys.providerSession} = ${hash} and ${ofProvider} limit 1)`,
  noSuchUser,
);

/** The sessions that a logout ends, of those that began before a time and have not ended. */
export function loadEnded(logout: ProvenLogout, before: string, at: Date) {
  const { issuer, subject, sid } = logout;
  const times = { before, now: at.toISOString() };
  if (subject === null)
    return ofSession({ providerSession: providerSession(issuer, sid), ...times });
  if (sid === null) return ofAccount({ issuer, subject, ...times });
  const session = providerSession(issuer, sid);
  return ofAccountAndSession({ issuer, subject, providerSession: session, ...times });
}

const TO_LINK = {
  active: users.active,
  isLinked: value(
    "boolean",
    sql`exists (
      select 1 from ${userIdentities}
      where ${userIdentities.issuer} = ${issuer}
        and (${userIdentities.userId} = ${users.id} or ${userIdentities.subject} = ${subject}))`,
  ),
};

const toLink = load(
  "identity_to_link",
  sql`select ${columns(TO_LINK)} from ${users} where ${users.id} = ${p("user", "uuid")}`,
  noSuchUser,
);

/** Whether an account can be linked to a user: not if either is linked already. */
export function loadLinkable(userUuid: string, { issuer, subject }: Identity) {
  return toLink({ user: userUuid, issuer, subject });
}

export function toSessions(rows: readonly EndedRow[] | null): Pick<OwnedKey, "id" | "revokedAt">[] {
  return (rows ?? []).map(({ id, revokedAt }) => ({
    id: toPublicId("apiKey", id),
    revokedAt: revokedAt === null ? null : new Date(revokedAt).toISOString(),
  }));
}
