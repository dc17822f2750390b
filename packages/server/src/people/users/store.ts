import {
  type Caller,
  canViewUser,
  DomainError,
  type ListUsersInput,
  type OwnedKey,
  type Page,
  type Role,
  requireRole,
  toPublicId,
  toUuid,
  type User,
  type UserKind,
} from "@serviceflow/domain";
import { type SQL, sql } from "drizzle-orm";
import type { Load, Write } from "../../commands/change.ts";
import type { Database } from "../../db/database.ts";
import { findByIds } from "../../db/find.ts";
import { limitOf, readUuidCursor, toPage, uuidCursor } from "../../db/page.ts";
import { statement } from "../../db/statement.ts";
import { keyColumns, keyValues } from "../api-keys/store.ts";

const p = sql.placeholder;

interface UserColumns {
  id: string;
  email: string;
  fullName: string;
  role: Role;
  kind: UserKind;
  active: boolean;
  erasedAt: Date | null;
  version: number;
  createdAt: Date;
}

const COLUMNS = sql`
  u.id, u.email, u.full_name as "fullName", u.role, u.kind, u.active, u.erased_at as "erasedAt", u.version,
  u.created_at as "createdAt"`;

const byId = statement(
  "user_by_id",
  sql`select ${COLUMNS} from users u where u.id = ${p("id")}::uuid`,
);

/**
 * A user, if the caller may see them.
 * @throws DomainError `not_found`, also for one that the caller may not see
 */
export async function getUser(db: Database, id: string, caller: Caller): Promise<User> {
  const uuid = toUuid("user", id);
  const [row] = uuid === null ? [] : await db.query<UserColumns>(byId, { id: uuid });
  const user = row && toUser(row);
  if (!user || !canViewUser(user, caller)) throw noSuchUser();
  return user;
}

const byIds = statement(
  "users_by_ids",
  sql`select ${COLUMNS} from users u where u.id = any(${p("ids")}::uuid[])`,
);

/** Users by their ids, whoever asks. */
export function findUsers(db: Database, ids: readonly string[]): Promise<Map<string, User>> {
  return findByIds(db, byIds, "user", ids, toUser);
}

export function noSuchUser(): DomainError {
  return new DomainError("not_found", "There is no such user that you can see.");
}

/** @throws DomainError `forbidden` */
export async function listUsers(
  db: Database,
  input: ListUsersInput,
  caller: Caller,
): Promise<Page<User>> {
  const condition = requireRole("user.list", caller);
  const limit = limitOf(input);
  const values: Record<string, unknown> = { limit: limit + 1 };
  const where: SQL[] = [];
  const add = (value: unknown, name: string, filter: SQL) => {
    if (value === undefined || value === null) return;
    where.push(filter);
    values[name] = value;
  };
  if (condition === "agentsOnly") where.push(sql`u.role in ('ADMIN', 'AGENT')`);
  add(input.role, "role", sql`u.role = ${p("role")}`);
  add(input.kind, "kind", sql`u.kind = ${p("kind")}`);
  add(input.active, "active", sql`u.active = ${p("active")}::boolean`);
  add(input.email, "email", sql`u.email = ${p("email")}`);
  add(readUuidCursor(input.cursor), "after", sql`u.id < ${p("after")}::uuid`);
  const filters = where.length > 0 ? sql`where ${sql.join(where, sql` and `)}` : sql``;
  const query = statement(
    null,
    sql`select ${COLUMNS} from users u ${filters} order by u.id desc limit ${p("limit")}::int`,
  );
  const rows = await db.query<UserColumns>(query, values);
  return toPage(rows, limit, toUser, (row) => uuidCursor(row.id));
}

function toUser(row: UserColumns): User {
  return {
    id: toPublicId("user", row.id),
    email: row.email,
    fullName: row.fullName,
    role: row.role,
    kind: row.kind,
    active: row.active,
    erasedAt: row.erasedAt?.toISOString() ?? null,
    version: row.version,
    createdAt: row.createdAt.toISOString(),
  };
}

/** What a change to a user, or the first user, is decided on. The roster is of the administrators. */
export interface RosterRow extends Partial<UserColumns> {
  rosterVersion: number;
  adminExists: boolean;
  otherAdmins: number;
  emailTaken: boolean;
}

export const loadRoster: Load = {
  name: "user_roster",
  query: sql`
    select ${COLUMNS}, roster.roster_version as "rosterVersion",
      exists (select 1 from users where role = 'ADMIN') as "adminExists",
      (select count(*)::int from (
        select 1 from users a where a.role = 'ADMIN' and a.active and a.id is distinct from ${p("id")}::uuid limit 2
      ) as others) as "otherAdmins",
      exists (select 1 from users e where e.email = ${p("email")} and e.id is distinct from ${p("id")}::uuid)
        as "emailTaken"
    from roles roster left join users u on u.id = ${p("id")}::uuid
    where roster.name = 'ADMIN'`,
};

export function rosterValues(id: string | null, email: string | undefined) {
  const uuid = id === null ? null : toUuid("user", id);
  if (id !== null && uuid === null) throw noSuchUser();
  return { id: uuid, email: email ?? "" };
}

/** @throws DomainError `not_found` */
export function requireUserRow(row: RosterRow | null): User {
  if (!row?.id) throw noSuchUser();
  return toUser(row as UserColumns);
}

/** @throws DomainError `email_taken` */
export function requireFreeEmail(row: RosterRow): void {
  if (row.emailTaken) throw new DomainError("email_taken", "Another user has that e-mail address.");
}

// Whoever becomes or stops being an active administrator raises the roster's version, which serialises such changes.
export const rosterHeld = sql`roster as (
  update roles set roster_version = roster_version + 1
  where name = 'ADMIN' and roster_version = ${p("rosterVersion")}
  returning name)`;

const insertColumns = sql`
  insert into users (id, email, full_name, role, kind, active, version, created_at)
  select ${p("id")}::uuid, ${p("email")}::text, ${p("fullName")}::text, ${p("role")}::text, ${p("kind")}::text, true, 1,
    ${p("createdAt")}::timestamptz`;

const insert: Write = {
  name: "user_insert",
  ctes: sql`
    changed as (${insertColumns} on conflict (email) do nothing returning id),
    issued as (${keyColumns} from changed)`,
};

const bootstrap: Write = {
  name: "user_bootstrap",
  ctes: sql`${rosterHeld},
    changed as (${insertColumns} from roster on conflict (email) do nothing returning id),
    issued as (${keyColumns} from changed)`,
};

export interface NewUser {
  user: User;
  key: OwnedKey;
  secret: string;
}

/** @param rosterVersion for a bootstrap, which only one can win; null for any other user */
export function insertUser(next: NewUser, rosterVersion: number | null) {
  const { user } = next;
  return {
    write: rosterVersion === null ? insert : bootstrap,
    requestUuid: null,
    values: {
      id: toUuid("user", user.id),
      email: user.email,
      fullName: user.fullName,
      role: user.role,
      kind: user.kind,
      createdAt: user.createdAt,
      rosterVersion,
      ...keyValues(next.key, next.secret),
    },
  };
}

const updateColumns = sql`
  update users set email = ${p("email")}, full_name = ${p("fullName")}, role = ${p("role")},
    active = ${p("active")}, version = version + 1
  where id = ${p("id")}::uuid and version = ${p("version")}`;

const update: Write = {
  name: "user_update",
  ctes: sql`changed as (${updateColumns} returning id)`,
};

const updateOnRoster: Write = {
  name: "user_update_on_roster",
  ctes: sql`${rosterHeld}, changed as (${updateColumns} and exists (select 1 from roster) returning id)`,
};

export function updateUserRow(next: User, row: RosterRow) {
  const touchesRoster =
    (row.role === "ADMIN" && row.active) || (next.role === "ADMIN" && next.active);
  const changesRoster = row.role !== next.role || row.active !== next.active;
  return {
    write: touchesRoster && changesRoster ? updateOnRoster : update,
    requestUuid: null,
    values: {
      id: row.id,
      version: next.version - 1,
      email: next.email,
      fullName: next.fullName,
      role: next.role,
      active: next.active,
      rosterVersion: row.rosterVersion,
    },
  };
}
