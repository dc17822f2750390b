import {
  type Caller,
  canViewUser,
  invalidField,
  nameWords,
  normalizeEmail,
  type Page,
  type Role,
  requireMayFileFor,
  type SearchUsersInput,
  toPublicId,
  type UserMatch,
  worksRequests,
} from "@serviceflow/domain";
import { beginning, isBetween } from "../../db/beginning.ts";
import type { Database } from "../../db/database.ts";
import { limitOf } from "../../db/page.ts";
import { users, userWords } from "../../db/schema.ts";
import { columns, p, sql, value } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";

/** So many people are looked at by a word typed, and as many by their roles. */
const MAX_CANDIDATES = 2_000;
/** Among so many of the longest words one is looked for that few people have. */
const MAX_COUNTED = 4;

const PERSON = { id: users.id, fullName: users.fullName, email: users.email, role: users.role };

const byEmail = statement(
  "user_by_email",
  sql`
    select ${columns(PERSON)} from ${users}
    where ${users.email} = ${p("email", users.email)} and ${users.active}`,
);

const candidates = p("candidates", "int");
const begun = sql`
  from ${userWords} where ${isBetween(userWords.word, p("low", "text"), p("high", "text"))}
  order by ${userWords.word} using ~<~ limit ${candidates}`;

const countBegun = statement(
  null,
  sql`select ${columns({ people: value("int", sql`count(*)`) })} from (select 1 ${begun}) as begun`,
);

const byWord = sql`
  select begun.person from (select ${userWords.userId} as person ${begun}) as begun`;

const hasName = sql`
  not exists (
    select 1 from unnest(${p("lows", "text[]")}, ${p("highs", "text[]")}) as typed (low, high)
    where not exists (
      select 1 from ${userWords}
      where ${userWords.userId} = ${users.id}
        and ${isBetween(userWords.word, sql`typed.low`, sql`typed.high`)}))`;
const inNameOrder = sql`order by ${users.fullName}, ${users.id} limit ${p("limit", "int")}`;

const byName = statement(
  null,
  sql`
    select ${columns(PERSON)} from ${users}
    where ${users.id} in (${byWord}) and ${users.active} and ${hasName} ${inNameOrder}`,
);

const ofRoles = sql`${users.role} = any(${p("roles", "text[]")})`;

/** Of few people by their roles too: those who work on requests may all have names that many employees have. */
const byNameAndRoles = statement(
  null,
  sql`
    select ${columns(PERSON)} from ${users}
    where ${users.id} in (
        ${byWord}
        union (select ${users.id} from ${users} where ${ofRoles} and ${users.active} limit ${candidates}))
      and ${users.active} and ${ofRoles} and ${hasName} ${inNameOrder}`,
);

/**
 * Active users by the beginning of each word typed, or by a whole address, for those who may file for others. Only an
 * address that was typed is answered.
 * @throws DomainError `forbidden`, and `validation_failed` for roles that the caller may not ask for
 */
export async function searchUsers(
  db: Database,
  input: SearchUsersInput,
  caller: Caller,
): Promise<Page<UserMatch>> {
  requireMayFileFor("", caller);
  const roles = rolesOf(input, caller);
  const email = input.q.includes("@") ? normalizeEmail(input.q) : null;
  const rows = await (email === null ? named(db, input, roles) : db.query(byEmail, { email }));
  const items = rows
    .filter(({ role }) => roles?.includes(role) !== false)
    .map(({ id, fullName, email: address, role }) => {
      const match = { id: toPublicId("user", id), role };
      return {
        id: match.id,
        fullName,
        email: email === null ? null : address,
        role: canViewUser(match, caller) ? role : null,
      };
    });
  return { items, nextCursor: null };
}

function rolesOf({ role }: SearchUsersInput, caller: Caller): Role[] | undefined {
  if (role === undefined) return undefined;
  if (!worksRequests(caller.role)) {
    throw invalidField(
      "/role",
      "not_allowed",
      "Only those who work on requests may ask for roles.",
    );
  }
  return [role].flat();
}

async function named(db: Database, input: SearchUsersInput, roles: Role[] | undefined) {
  const words = typedWords(input.q).map(beginning);
  const word = await rareOf(db, words);
  if (word === undefined) return [];
  const values = {
    ...word,
    lows: words.map(({ low }) => low),
    highs: words.map(({ high }) => high),
    candidates: MAX_CANDIDATES,
    limit: limitOf(input),
  };
  return roles === undefined
    ? db.query(byName, values)
    : db.query(byNameAndRoles, { ...values, roles });
}

/** The longest word that is not the beginning of too many names, else the longest one. */
async function rareOf<Word extends { low: string; high: string }>(
  db: Database,
  words: readonly Word[],
): Promise<Word | undefined> {
  if (words.length > 1) {
    for (const word of words.slice(0, MAX_COUNTED)) {
      const [found] = await db.query(countBegun, { ...word, candidates: MAX_CANDIDATES });
      if (found !== undefined && found.people < MAX_CANDIDATES) return word;
    }
  }
  return words[0];
}

/** Each word as it was typed, folded as names are; the longest first. */
function typedWords(q: string): string[] {
  const words = q.split(/[\s\p{P}]+/u).flatMap((word) => nameWords(word)[0] ?? []);
  return [...new Set(words)].sort((one, another) => another.length - one.length);
}
