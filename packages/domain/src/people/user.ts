import { DomainError } from "../error.ts";
import { draftEntry } from "../log/audit-entry.ts";
import type { AuditAction } from "../log/audit-policy.ts";
import { CONDITIONS } from "../rules/conditions.ts";
import { changed, type Decision, unchanged } from "../rules/decision.ts";
import { conditionOf, requireRole } from "../rules/permissions.ts";
import type { Caller, Role, UserKind, UserRef } from "../rules/roles.ts";

export interface User {
  id: string;
  /** Lower case, unique. */
  email: string;
  fullName: string;
  role: Role;
  /** BOT is a service account. */
  kind: UserKind;
  /** The API keys of an inactive user are refused. */
  active: boolean;
  /** The language to write to them in, a BCP 47 tag: `de-AT`; null: not set. */
  locale: string | null;
  /** Their time zone in the IANA database: `Europe/Berlin`; null: not set. */
  timeZone: string | null;
  /** When name and address were erased; null: never. */
  erasedAt: string | null;
  /** Increases by one with each change; the ETag begins with it. */
  version: number;
  createdAt: string;
}

/** A new user with their first API key, shown only once. */
export interface UserWithKey extends User {
  apiKey: string;
}

export interface CreateUserInput {
  fullName: string;
  email: string;
  /** Default EMPLOYEE. */
  role?: Role | undefined;
  /** Default HUMAN. */
  kind?: UserKind | undefined;
  locale?: string | null | undefined;
  timeZone?: string | null | undefined;
}

/** What users may change of themselves; null: no longer set. */
export interface UpdateMeInput {
  locale?: string | null | undefined;
  timeZone?: string | null | undefined;
}

export interface UpdateUserInput extends UpdateMeInput {
  fullName?: string | undefined;
  email?: string | undefined;
  active?: boolean | undefined;
}

export interface SearchUsersInput {
  /** The beginning of any word of the name, several of them, or a whole email address. */
  q: string;
  /** Only users of these roles. For those who work on requests. */
  role?: Role | Role[] | undefined;
  /** 1 to 100, default 20. */
  limit?: number | undefined;
}

/** A person as those find them who may file for others. */
export interface UserMatch extends UserRef {
  /** Null unless it is what was searched for. */
  email: string | null;
  /** Null for those who may not view the user. */
  role: Role | null;
}

export interface ListUsersInput {
  role?: Role | undefined;
  kind?: UserKind | undefined;
  active?: boolean | undefined;
  /** The full address. */
  email?: string | undefined;
  cursor?: string | undefined;
  /** 1 to 100, default 20. */
  limit?: number | undefined;
}

/** Whether the caller may view a user: themselves, and those they may list. */
export function canViewUser(user: Pick<User, "id" | "role">, caller: Caller): boolean {
  return user.id === caller.id || CONDITIONS[conditionOf("user.list", caller.role)].holds(user);
}

/** @throws DomainError `forbidden` */
export function createUser(
  input: CreateUserInput,
  { caller, id, now }: { caller: Caller; id: string; now: string },
): Decision<User> {
  requireRole("user.manage", caller);
  const user = newUser(input, id, now);
  return changed(user, draftEntry("user.created", { id, before: null, after: user }));
}

/**
 * Creates the first administrator; the role in the input is ignored.
 * @param facts.adminExists whether there has ever been one
 * @throws DomainError `bootstrap_closed`
 */
export function bootstrapAdmin(
  input: CreateUserInput,
  { adminExists, id, now }: { adminExists: boolean; id: string; now: string },
): Decision<User> {
  if (adminExists) {
    throw new DomainError("bootstrap_closed", "An administrator already exists.");
  }
  const user = newUser({ ...input, role: "ADMIN" }, id, now);
  return changed(user, draftEntry("user.bootstrapped", { id, before: null, after: user }));
}

/**
 * Users may change their own locale and time zone, administrators everything.
 * @throws DomainError `forbidden`
 */
export function requireMayUpdate(userId: string, patch: UpdateUserInput, caller: Caller): void {
  const { fullName, email, active } = patch;
  const isOwn = userId === caller.id && (fullName ?? email ?? active) === undefined;
  requireRole(isOwn ? "user.updateOwn" : "user.manage", caller);
}

/**
 * Changes name, address, locale or time zone, or activates or deactivates the user.
 * @param facts.otherAdmins how many other active administrators have a working key
 * @throws DomainError `forbidden`, `user_erased`, `last_admin`
 */
export function updateUser(
  user: User,
  patch: UpdateUserInput,
  { caller, otherAdmins }: { caller: Caller; otherAdmins: number },
): Decision<User> {
  requireMayUpdate(user.id, patch, caller);
  requireNotErased(user);
  const next: User = {
    ...user,
    fullName: patch.fullName ?? user.fullName,
    email: patch.email ?? user.email,
    active: patch.active ?? user.active,
    locale: patch.locale === undefined ? user.locale : patch.locale,
    timeZone: patch.timeZone === undefined ? user.timeZone : patch.timeZone,
  };
  if (!next.active) requireAnotherAdmin(user, otherAdmins);
  return decided(user, next, "user.updated");
}

/**
 * @param facts.otherAdmins how many other active administrators have a working key
 * @throws DomainError `forbidden`, `user_erased`, `last_admin`
 */
export function changeRole(
  user: User,
  { role }: { role: Role },
  { caller, otherAdmins }: { caller: Caller; otherAdmins: number },
): Decision<User> {
  requireRole("user.manage", caller);
  requireNotErased(user);
  if (role !== "ADMIN") requireAnotherAdmin(user, otherAdmins);
  const next: User = { ...user, role };
  return decided(user, next, "user.role_changed");
}

function decided(user: User, next: User, action: AuditAction): Decision<User> {
  const entry = draftEntry(action, { id: user.id, before: user, after: next });
  if (Object.keys(entry.changes).length === 0) return unchanged(user);
  return changed({ ...next, version: user.version + 1 }, entry);
}

/** @throws DomainError `user_erased` */
export function requireNotErased(user: Pick<User, "erasedAt">): void {
  if (user.erasedAt === null) return;
  throw new DomainError("user_erased", "The user was erased and can no longer change.");
}

/** @throws DomainError `last_admin` when no other active administrator has a working key */
export function requireAnotherAdmin(user: User, otherAdmins: number): void {
  if (user.role === "ADMIN" && user.active && otherAdmins === 0) {
    throw new DomainError(
      "last_admin",
      "No other active administrator has a working key; make another user an administrator, or issue a key to one, first.",
    );
  }
}

export const USER_DEFAULTS = {
  role: "EMPLOYEE",
  kind: "HUMAN",
  locale: null,
  timeZone: null,
} as const;

function newUser(input: CreateUserInput, id: string, now: string): User {
  return {
    id,
    email: input.email,
    fullName: input.fullName,
    role: input.role ?? USER_DEFAULTS.role,
    kind: input.kind ?? USER_DEFAULTS.kind,
    active: true,
    locale: input.locale ?? USER_DEFAULTS.locale,
    timeZone: input.timeZone ?? USER_DEFAULTS.timeZone,
    erasedAt: null,
    version: 1,
    createdAt: now,
  };
}
