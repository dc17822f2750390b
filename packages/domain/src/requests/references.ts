import { invalidField } from "../error.ts";
import { canWork, type Role, toRef, type UserRef } from "../rules/roles.ts";

/** A user as a possible requester or assignee. */
export interface Candidate extends UserRef {
  role: Role;
  active: boolean;
}

/**
 * @param assignee null: there is no such user
 * @throws DomainError `validation_failed`
 */
export function requireEligible(assignee: Candidate | null | undefined): UserRef {
  if (assignee && canWork(assignee)) return toRef(assignee);
  throw invalidField(
    "/assigneeId",
    "not_eligible",
    "The assignee must be an active agent or administrator.",
  );
}

/** @throws DomainError `validation_failed` */
export function requireCategory(active: boolean | undefined): void {
  if (active) return;
  throw invalidField("/category", "unknown", "There is no active category with this slug.");
}
