import { nameWords, type User } from "@serviceflow/domain";
import { authority } from "../../access/authority.ts";
import { type Write, write } from "../../commands/write.ts";
import { userIdentities, users } from "../../db/schema.ts";
import { p, sql } from "../../db/sql.ts";
import { insertFrom } from "../../db/write.ts";
import { insertOnce, NEW_USER, named, userRow } from "../users/store.ts";
import type { Identity } from "./store.ts";

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

/** A new user who signs in with an account alone, and has no key. */
export function insertBoundUser(next: User, { issuer, subject }: Identity): Write {
  return insert({ ...userRow(next), issuer, subject, nameWords: nameWords(next.fullName) });
}
