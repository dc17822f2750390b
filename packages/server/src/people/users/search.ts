import {
  type Caller,
  nameWords,
  normalizeEmail,
  type Page,
  requireMayFileFor,
  type SearchUsersInput,
  toPublicId,
  type UserMatch,
} from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { beginning, isBetween } from "../../db/beginning.ts";
import type { Database } from "../../db/database.ts";
import { limitOf } from "../../db/page.ts";
import { users, userWords } from "../../db/schema.ts";
import { columns, p, sql } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";

/** So many words that begin like the longest one typed are looked at. */
const MAX_CANDIDATES = 2_000;

const PERSON = { id: users.id, fullName: users.fullName, email: users.email };

const byEmail = statement(
  "user_by_email",
  sql`
    select ${columns(PERSON)} from ${users}
    where ${users.email} = ${p("email", users.email)} and ${users.active}`,
);

const other = alias(userWords, "other");

const byName = statement(
  null,
  sql`
    select ${columns(PERSON)}
    from (
      select distinct begun.person from (
        select ${userWords.userId} as person from ${userWords}
        where ${isBetween(userWords.word, p("low", "text"), p("high", "text"))}
        order by ${userWords.word} using ~<~ limit ${p("candidates", "int")}
      ) as begun
    ) as candidate
    join ${users} on ${users.id} = candidate.person
    where ${users.active} and not exists (
      select 1 from unnest(${p("otherLow", "text[]")}, ${p("otherHigh", "text[]")}) as typed (low, high)
      where not exists (
        select 1 from ${userWords} ${other}
        where ${other.userId} = ${users.id}
          and ${isBetween(other.word, sql`typed.low`, sql`typed.high`)}))
    order by ${users.fullName}, ${users.id} limit ${p("limit", "int")}`,
);

/**
 * Active users by the beginning of each word typed, or by a whole address, for those who may file for others. Only an
 * address that was typed is answered.
 * @throws DomainError `forbidden`
 */
export async function searchUsers(
  db: Database,
  input: SearchUsersInput,
  caller: Caller,
): Promise<Page<UserMatch>> {
  requireMayFileFor("", caller);
  const email = input.q.includes("@") ? normalizeEmail(input.q) : null;
  const rows = email === null ? await named(db, input) : await db.query(byEmail, { email });
  const items = rows.map((row) => ({
    id: toPublicId("user", row.id),
    fullName: row.fullName,
    email: email === null ? null : row.email,
  }));
  return { items, nextCursor: null };
}

async function named(db: Database, input: SearchUsersInput) {
  const [longest, ...others] = typedWords(input.q);
  if (longest === undefined) return [];
  return db.query(byName, {
    ...beginning(longest),
    otherLow: others,
    otherHigh: others.map((word) => beginning(word).high),
    candidates: MAX_CANDIDATES,
    limit: limitOf(input),
  });
}

/** Each word as it was typed, folded as names are; the longest first. */
function typedWords(q: string): string[] {
  const words = q.split(/[\s\p{P}]+/u).flatMap((word) => nameWords(word)[0] ?? []);
  return [...new Set(words)].sort((one, another) => another.length - one.length);
}
