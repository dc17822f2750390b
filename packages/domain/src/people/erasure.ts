import { record } from "../log/audit.ts";
import { changed, type Decision, unchanged } from "../rules/decision.ts";
import { requireRole } from "../rules/permissions.ts";
import type { Caller } from "../rules/roles.ts";
import { type OwnedKey, revokeKey } from "./api-key.ts";
import { requireAnotherAdmin, type User } from "./user.ts";

const ERASED_NAME = "Erased user";

/** What a key of an erased user is called from then on. */
export const ERASED_KEY_NAME = "Erased";

/**
 * Erases a person: name and address are replaced for good, every key is revoked, and the user is inactive. Their id
 * stays, and so does what they did.
 * @param keys of the user, those that still work
 * @param otherAdmins how many other active administrators there are
 * @throws DomainError `forbidden`, `last_admin`
 */
export function eraseUser(
  user: User,
  keys: readonly Pick<OwnedKey, "id" | "userId" | "revokedAt">[],
  caller: Caller,
  otherAdmins: number,
  now: string,
): Decision<User> {
  requireRole("user.manage", caller);
  if (user.erasedAt !== null) return unchanged(user);
  requireAnotherAdmin(user, otherAdmins);
  const next: User = {
    ...user,
    email: `${user.id.replace("_", "-")}@erased.invalid`,
    fullName: ERASED_NAME,
    active: false,
    erasedAt: now,
    version: user.version + 1,
  };
  return changed(
    next,
    record("user.erased", user.id, { ...user }, { ...next }),
    ...keys.flatMap((key) => {
      const revocation = revokeKey(key, caller, now);
      return revocation.changed ? revocation.entries : [];
    }),
  );
}
