import { DomainError } from "../error.ts";
import { type AuditDraft, record } from "../log/audit.ts";
import { changed, type Decision, unchanged } from "../rules/decision.ts";
import { requireRole } from "../rules/permissions.ts";
import {
  type Caller,
  type Condition,
  PERMISSIONS,
  type Role,
  type UserKind,
  worksRequests,
} from "../rules/roles.ts";

export interface User {
  id: string;
  /** Lower case, unique. */
  email: string;
  fullName: string;
  role: Role;
  /** BOT is a service account. */
  kind: UserKind;
  /** The keys of an inactive user are refused. */
  active: boolean;
  /** When name and address were erased for good; null: they were not. */
  erasedAt: string | null;
  /** Grows by one with each change; the number inside the ETag. */
  version: number;
  createdAt: string;
}

/** A new user with their first API key, shown this once. */
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
}

export interface UpdateUserInput {
  fullName?: string | undefined;
  email?: string | undefined;
  active?: boolean | undefined;
}

export interface ListUsersInput {
  role?: Role | undefined;
  kind?: UserKind | undefined;
  active?: boolean | undefined;
  /** The whole address. */
  email?: string | undefined;
  cursor?: string | undefined;
  /** 1 to 100, default 20. */
  limit?: number | undefined;
}

/** Whether the caller may see a user: themselves, and whom they may list. */
export function canViewUser(user: Pick<User, "id" | "role">, caller: Caller): boolean {
  if (user.id === caller.id) return true;
  const condition: Condition = PERMISSIONS["user.list"][caller.role];
  return condition === "always" || (condition === "agentsOnly" && worksRequests(user.role));
}

/** @throws DomainError `forbidden` */
export function createUser(
  input: CreateUserInput,
  caller: Caller,
  id: string,
  now: string,
): Decision<User> {
  requireRole("user.manage", caller);
  const user = newUser(input, id, now);
  return changed(user, record("user.created", id, null, view(user)));
}

/**
 * Makes the first administrator, whatever role is asked for.
 * @param adminExists whether there has ever been one
 * @throws DomainError `bootstrap_closed`
 */
export function bootstrapAdmin(
  input: CreateUserInput,
  adminExists: boolean,
  id: string,
  now: string,
): Decision<User> {
  if (adminExists) {
    throw new DomainError("bootstrap_closed", "The first administrator has been made; ask them.");
  }
  const user = newUser({ ...input, role: "ADMIN" }, id, now);
  return changed(user, record("user.bootstrapped", id, null, view(user)));
}

/**
 * Changes name, address or whether the user is active.
 * @param otherAdmins how many other active administrators there are
 * @throws DomainError `forbidden`, `user_erased`, `last_admin`
 */
export function updateUser(
  user: User,
  patch: UpdateUserInput,
  caller: Caller,
  otherAdmins: number,
): Decision<User> {
  requireRole("user.manage", caller);
  requireNotErased(user);
  const next: User = {
    ...user,
    fullName: patch.fullName ?? user.fullName,
    email: patch.email ?? user.email,
    active: patch.active ?? user.active,
  };
  if (!next.active) requireAnotherAdmin(user, otherAdmins);
  return decided(user, next, record("user.updated", user.id, view(user), view(next)));
}

/**
 * @param otherAdmins how many other active administrators there are
 * @throws DomainError `forbidden`, `user_erased`, `last_admin`
 */
export function changeRole(
  user: User,
  role: Role,
  caller: Caller,
  otherAdmins: number,
): Decision<User> {
  requireRole("user.manage", caller);
  requireNotErased(user);
  if (role !== "ADMIN") requireAnotherAdmin(user, otherAdmins);
  const next: User = { ...user, role };
  return decided(user, next, record("user.role_changed", user.id, view(user), view(next)));
}

function decided(user: User, next: User, entry: AuditDraft): Decision<User> {
  if (Object.keys(entry.changes).length === 0) return unchanged(user);
  return changed({ ...next, version: user.version + 1 }, entry);
}

function requireNotErased(user: User): void {
  if (user.erasedAt === null) return;
  throw new DomainError("user_erased", "The user was erased; nothing about them can change.");
}

/** @throws DomainError `last_admin` when this is the only active administrator */
export function requireAnotherAdmin(user: User, otherAdmins: number): void {
  if (user.role === "ADMIN" && user.active && otherAdmins === 0) {
    throw new DomainError("last_admin", "Make somebody else an administrator first.");
  }
}

function newUser(input: CreateUserInput, id: string, now: string): User {
  return {
    id,
    email: input.email,
    fullName: input.fullName,
    role: input.role ?? "EMPLOYEE",
    kind: input.kind ?? "HUMAN",
    active: true,
    erasedAt: null,
    version: 1,
    createdAt: now,
  };
}

function view(user: User): Record<string, unknown> {
  return { ...user };
}
