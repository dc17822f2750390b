import { DomainError } from "../error.ts";
import type { Role, Scope } from "../rules/roles.ts";
import { isActive, type KeyTimes } from "./key-bounds.ts";
import type { SessionSource } from "./session-source.ts";

/**
 * Whether the key lets an administrator act: it is active and has the scope `admin`, and its owner is an active
 * administrator. A session does not count, because it ends by itself.
 */
export function isAdminKey(
  key: KeyTimes & { scopes: readonly Scope[]; sessionFrom?: SessionSource | null | undefined },
  owner: { role: Role; active: boolean },
  now: string,
): boolean {
  return (
    owner.role === "ADMIN" &&
    owner.active &&
    (key.sessionFrom ?? null) === null &&
    key.scopes.includes("admin") &&
    isActive(key, now)
  );
}

/** @throws DomainError `last_admin` when no administrator would have a working key */
export function requireAnotherAdminKey(hasOther: boolean): void {
  if (hasOther) return;
  throw new DomainError(
    "last_admin",
    "No administrator would have a working key with the scope admin. Issue another one first, or rotate this one with an overlap of 0.",
  );
}
