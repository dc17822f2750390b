import { type Identity, nameWords, type User } from "@serviceflow/domain";
import { authority, authorized } from "../../access/authority.ts";
import { type Write, write } from "../../commands/write.ts";
import { userIdentities, users } from "../../db/schema.ts";
import { p, sql } from "../../db/sql.ts";
import { insertFrom } from "../../db/write.ts";
import { insertOnce, NEW_USER, named, userRow } from "../users/store.ts";

const insert = write(
  "user_insert_bound",
  sql`
    changed as (${insertFrom(users, NEW_USER, authority)} ${insertOnce}),
    bound as (${insertFrom(
      userIdentities,
      {
        userId: sql`changed.id`,
        issuer: p("issuer", userIdentities.issuer),
        subject: p("subject", userIdentities.subject),
        createdAt: p("createdAt", userIdentities.createdAt),
      },
      sql`changed`,
    )}),
    ${named}`,
);

// Locks the user first, so that neither who is being deactivated keeps an account, nor the log has another order.
const link = write(
  "identity_link",
  sql`
    person as (
      select ${users.id} from ${users}
      where ${users.id} = ${p("user", "uuid")} and ${users.active} and ${authorized}
      for no key update
    ),
    changed as (
      ${insertFrom(
        userIdentities,
        {
          userId: sql`person.id`,
          issuer: p("issuer", userIdentities.issuer),
          subject: p("subject", userIdentities.subject),
          createdAt: p("createdAt", userIdentities.createdAt),
        },
        sql`person`,
      )} on conflict do nothing returning ${userIdentities.userId})`,
);

/** Links an account to a user, unless either is linked already. */
export function insertIdentity(
  userUuid: string,
  { issuer, subject }: Identity,
  createdAt: string,
): Write {
  return link({ user: userUuid, issuer, subject, createdAt });
}

/** A new user who signs in with an account alone, and has no key. */
export function insertBoundUser(next: User, { issuer, subject }: Identity): Write {
  return insert({ ...userRow(next), issuer, subject, nameWords: nameWords(next.fullName) });
}
