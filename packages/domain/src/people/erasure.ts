import { draftEntry } from "../log/audit-entry.ts";
import { changed, type Decision, unchanged } from "../rules/decision.ts";
import { requireRole } from "../rules/permissions.ts";
import type { Caller } from "../rules/roles.ts";
import { endKey, type OwnedKey } from "./api-key.ts";
import { codeRevoked } from "./code-entries.ts";
import { requireAnotherAdmin, type User } from "./user.ts";

/** The name of an erased user. */
export const ERASED_USER_NAME = "Erased user";

/** The name of every key of an erased user. */
export const ERASED_KEY_NAME = "Erased";

/** The address of an erased user, which stays unique. */
export function erasedEmail(userId: string): string {
  return `${userId.replace("_", "-")}@erased.invalid`;
}

export interface EraseUserFacts {
  caller: Caller;
  now: string;
  /** Those of the user's keys that still work. */
  keys: readonly Pick<OwnedKey, "id" | "revokedAt">[];
  /** Ids of the user's outstanding one-time codes. */
  codes: readonly string[];
  /** How many other active administrators have a working key. */
  otherAdmins: number;
}

/**
 * Erases a person: replaces name and address for good, forgets locale and time zone, revokes every key and code and makes the user inactive. The id and the
 * record of what they did remain.
 * @throws DomainError `forbidden`, `last_admin`
 */
export function eraseUser(
  user: User,
  { caller, now, keys, codes, otherAdmins }: EraseUserFacts,
): Decision<User> {
  requireRole("user.manage", caller);
  if (user.erasedAt !== null) return unchanged(user);
  requireAnotherAdmin(user, otherAdmins);
  const next: User = {
    ...user,
    email: erasedEmail(user.id),
    fullName: ERASED_USER_NAME,
    active: false,
    locale: null,
    timeZone: null,
    erasedAt: now,
    version: user.version + 1,
  };
  return changed(
    next,
    draftEntry("user.erased", { id: user.id, before: user, after: next }),
    ...keys.flatMap((key) => {
      const revocation = endKey(key, now);
      return revocation.changed ? revocation.entries : [];
    }),
    ...codes.map(codeRevoked),
  );
}
