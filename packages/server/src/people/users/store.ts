import {
  type Caller,
  canViewUser,
  DomainError,
  type ListUsersInput,
  nameWords,
  type OwnedCode,
  type OwnedKey,
  type Page,
  requireRole,
  toPublicId,
  toUuid,
  type User,
} from "@serviceflow/domain";
import { authority, authorized } from "../../access/authority.ts";
import { worksRequestsNow } from "../../access/can-work.ts";
import { load } from "../../commands/load.ts";
import { type Write, write } from "../../commands/write.ts";
import { condition, conditionsOf, type Filters, valuesOf, where } from "../../db/condition.ts";
import type { Database, Reads } from "../../db/database.ts";
import { findByIds } from "../../db/find.ts";
import { uuidOf } from "../../db/ids.ts";
import { limitOf, readUuidCursor, toPage, uuidCursor } from "../../db/page.ts";
import { apiKeys, roles, userIdentities, users, userWords } from "../../db/schema.ts";
import { columns, name, p, type Row, sql, value } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";
import {
  DEFAULT,
  insertFrom,
  params,
  update,
  type Values,
  type WrittenBy,
} from "../../db/write.ts";
import { insertKeyFrom, keyValues } from "../api-keys/writes.ts";
import { codeValues, insertCodeFrom } from "../codes/writes.ts";
import { isAdminKey } from "../working-keys.ts";
import { noSuchUser } from "./no-such-user.ts";
import {
  disablesWebhooks,
  OWNED_WEBHOOKS,
  WEBHOOKS_UNCHANGED,
  webhooksDisabled,
  webhooksHeld,
  webhookValues,
} from "./owned-webhooks.ts";
import { rosterHeld } from "./roster.ts";

export const USER = {
  id: users.id,
  email: users.email,
  fullName: users.fullName,
  role: users.role,
  kind: users.kind,
  active: users.active,
  locale: users.locale,
  timeZone: users.timeZone,
  erasedAt: users.erasedAt,
  version: users.version,
  createdAt: users.createdAt,
};

const byId = statement(
  "user_by_id",
  sql`select ${columns(USER)} from ${users} where ${users.id} = ${p("id", "uuid")}`,
);

/**
 * A user, if the caller may see them.
 * @throws DomainError `not_found`, also for one that the caller may not see
 */
export async function getUser(db: Database, id: string, caller: Caller): Promise<User> {
  const uuid = toUuid("user", id);
  const [row] = uuid === null ? [] : await db.points.query(byId, { id: uuid });
  const user = row && toUser(row);
  if (!user || !canViewUser(user, caller)) throw noSuchUser();
  return user;
}

const byIds = statement(
  "users_by_ids",
  sql`select ${columns(USER)} from ${users} where ${users.id} = any(${p("ids", "uuid[]")})`,
);

/** Users by their ids, without a check of permissions. */
export function findUsers(db: Reads, ids: readonly string[]): Promise<Map<string, User>> {
  return findByIds(db, byIds, "user", ids, toUser);
}

const ofRole = condition("role", sql`${users.role} = ${p("role", users.role)}`);
const ofKind = condition("kind", sql`${users.kind} = ${p("kind", users.kind)}`);
const withActive = condition("active", sql`${users.active} = ${p("active", users.active)}`);
const withEmail = condition("email", sql`${users.email} = ${p("email", users.email)}`);
const agentsOnly = condition("agentsOnly", worksRequestsNow(users));
const after = condition("after", sql`${users.id} < ${p("after", "uuid")}`);

const FILTERS: Filters<ListUsersInput, Exclude<keyof ListUsersInput, "limit" | "cursor">> = {
  role: (role) => ofRole({ role }),
  kind: (kind) => ofKind({ kind }),
  active: (active) => withActive({ active }),
  email: (email) => withEmail({ email }),
};

/** @throws DomainError `forbidden` */
export async function listUsers(
  db: Database,
  input: ListUsersInput,
  caller: Caller,
): Promise<Page<User>> {
  const visible = requireRole("user.list", caller);
  const limit = limitOf(input);
  const conditions = conditionsOf(input, FILTERS);
  if (visible === "agentsOnly") conditions.push(agentsOnly({}));
  const cursor = readUuidCursor(input.cursor);
  if (cursor !== null) conditions.push(after({ after: cursor }));
  const query = statement(
    null,
    sql`
      select ${columns(USER)} from ${users} ${where(conditions.map((each) => each.sql))}
      order by ${users.id} desc limit ${p("limit", "int")}`,
  );
  const rows = await db.query(query, { ...valuesOf(conditions), limit: limit + 1 });
  return toPage(rows, limit, toUser, (row) => uuidCursor(row.id));
}

export function toUser(row: Row<typeof USER>): User {
  return {
    id: toPublicId("user", row.id),
    email: row.email,
    fullName: row.fullName,
    role: row.role,
    kind: row.kind,
    active: row.active,
    locale: row.locale,
    timeZone: row.timeZone,
    erasedAt: row.erasedAt,
    version: row.version,
    createdAt: row.createdAt,
  };
}

const id = p("id", "uuid?");
const email = p("email", "text");

/** What a change to the administrators who can act is decided on. */
export const ROSTER = {
  rosterVersion: roles.rosterVersion,
  adminExists: value("boolean", sql`exists (select 1 from ${users} where ${users.role} = 'ADMIN')`),
  otherAdmins: value(
    "int",
    sql`
      select count(*) from (
        select 1 from ${users}
        where ${users.role} = 'ADMIN' and ${users.active} and ${users.id} is distinct from ${id}
          and exists (
            select 1 from ${apiKeys}
            where ${apiKeys.userId} = ${users.id} and ${isAdminKey})
        limit 2
      ) as others`,
  ),
  emailTaken: value(
    "boolean",
    sql`exists (
      select 1 from ${users} where ${users.email} = ${email} and ${users.id} is distinct from ${id})`,
  ),
};
export type RosterRow = Row<typeof ROSTER>;

const loadNoUser = load(
  "roster",
  sql`select ${columns(ROSTER)} from ${roles} where ${roles.name} = 'ADMIN'`,
);

/** What a new user is decided on. */
export function loadRoster(email: string, now: Date) {
  return loadNoUser({ id: null, email, now });
}

const loadById = load(
  "user_roster",
  sql`
    select ${columns(USER)}, ${columns(ROSTER)}, ${columns(OWNED_WEBHOOKS)}
    from ${roles} join ${users} on ${users.id} = ${id}
    where ${roles.name} = 'ADMIN'`,
  noSuchUser,
);

/** A user, and what a change to them is decided on. */
export function loadUser(id: string, newEmail: string | undefined, now: Date) {
  return loadById(userValues(id, newEmail, now));
}

export function userValues(id: string, newEmail: string | undefined, now: Date) {
  return { id: toUuid("user", id), email: newEmail ?? "", now };
}
export type UserRow = Row<typeof USER> & RosterRow & Row<typeof OWNED_WEBHOOKS>;

/** @throws DomainError `email_taken` */
export function requireFreeEmail(row: RosterRow): void {
  if (row.emailTaken) throw new DomainError("email_taken", "Another user has that email address.");
}

export const WRITTEN_BY = {
  id: [],
  email: ["update", "erase"],
  fullName: ["update", "erase"],
  role: ["update"],
  kind: [],
  active: ["update", "erase"],
  locale: ["update", "erase", "eraseFromLog"],
  timeZone: ["update", "erase", "eraseFromLog"],
  erasedAt: ["erase"],
  logErasedAt: ["eraseFromLog"],
  version: ["update", "erase"],
  keysVersion: ["erase"],
  createdAt: [],
} as const satisfies WrittenBy<typeof users, "update" | "erase" | "eraseFromLog">;

export function userRow(next: User): Omit<Values<typeof users>, "logErasedAt" | "keysVersion"> {
  return {
    id: uuidOf("user", next.id),
    email: next.email,
    fullName: next.fullName,
    role: next.role,
    kind: next.kind,
    active: next.active,
    locale: next.locale,
    timeZone: next.timeZone,
    erasedAt: next.erasedAt,
    version: next.version,
    createdAt: next.createdAt,
  };
}

export const NEW_USER = { ...params(users), logErasedAt: DEFAULT, keysVersion: DEFAULT };
export const insertOnce = sql`on conflict (${name(users.email)}) do nothing returning ${users.id}`;
// A trigger removes the words of a name that is replaced.
export const named = sql`
  named as (
    ${insertFrom(
      userWords,
      { word: sql`named.word`, userId: sql`changed.id` },
      sql`changed cross join unnest(${p("nameWords", "text[]")}) as named (word)`,
    )} on conflict do nothing)`;

const insert = write(
  "user_insert",
  sql`
    changed as (${insertFrom(users, NEW_USER, authority)} ${insertOnce}),
    issued as (${insertKeyFrom(sql`changed`)}),
    ${named}`,
);

const bootstrap = write(
  "user_bootstrap",
  sql`${rosterHeld},
    changed as (${insertFrom(users, NEW_USER, sql`roster`)} ${insertOnce}),
    issued as (${insertKeyFrom(sql`changed`)}),
    ${named}`,
);

export interface NewUser {
  user: User;
  key: OwnedKey;
  secret: string;
}

/** @param rosterVersion for a bootstrap or the operator, who race for the first administrator; null for a user's call */
export function insertUser(next: NewUser, rosterVersion: number | null): Write {
  const values = {
    ...userRow(next.user),
    ...keyValues(next.key, next.secret),
    nameWords: nameWords(next.user.fullName),
  };
  return rosterVersion === null ? insert(values) : bootstrap({ ...values, rosterVersion });
}

const invited = write(
  "user_invite",
  sql`
    changed as (${insertFrom(users, NEW_USER, authority)} ${insertOnce}),
    issued as (${insertCodeFrom(sql`changed`)}),
    ${named}`,
);

export function insertInvited(
  { user, code }: { user: User; code: OwnedCode },
  secret: string,
  issuedWithId: string | null,
): Write {
  return invited({
    ...userRow(user),
    ...codeValues(code, secret, issuedWithId),
    nameWords: nameWords(user.fullName),
  });
}

export const userUnchanged = sql`
  ${users.id} = ${p("id", users.id)} and ${users.version} = ${p("version", users.version)} - 1
  and ${authorized}`;

/** Somebody else may have the account by the time the user is activated again. */
export const unbound = sql`
  unbound as (
    delete from ${userIdentities} using changed
    where ${userIdentities.userId} = changed.id and not ${p("active", users.active)})`;

const updateAlone = write(
  "user_update",
  sql`
    changed as (
      ${update(users, WRITTEN_BY, "update")} where ${userUnchanged} returning ${users.id}),
    ${unbound},
    ${named}`,
);

const updateOnRoster = write(
  "user_update_on_roster",
  sql`${rosterHeld}, ${webhooksHeld},
    changed as (
      ${update(users, WRITTEN_BY, "update")}
      where ${userUnchanged} and exists (select 1 from roster) and ${WEBHOOKS_UNCHANGED}
      returning ${users.id}
    ),
    ${unbound},
    ${named},
    ${webhooksDisabled}`,
);

/** Writes a user, if their version is still the one before `next`. */
export function updateUserRow(next: User, row: UserRow): Write {
  const touchesRoster =
    (row.role === "ADMIN" && row.active) || (next.role === "ADMIN" && next.active);
  const changesRoster = row.role !== next.role || row.active !== next.active;
  const values = { ...userRow(next), nameWords: nameWords(next.fullName) };
  return (touchesRoster && changesRoster) || disablesWebhooks(next, row.webhooks)
    ? updateOnRoster({
        ...values,
        ...webhookValues(next, row.webhooks),
        rosterVersion: row.rosterVersion,
      })
    : updateAlone(values);
}
