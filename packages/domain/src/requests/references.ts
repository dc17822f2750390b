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

/** The requester as an input names them. */
export interface NamedRequester {
  requesterId?: string | undefined;
  requesterEmail?: string | undefined;
}

/** @throws DomainError `validation_failed` when it names the requester twice */
export function namesRequester({ requesterId, requesterEmail }: NamedRequester): boolean {
  if (requesterId !== undefined && requesterEmail !== undefined) {
    const detail = "Give either `requesterId` or `requesterEmail`.";
    throw invalidField("/requesterEmail", "not_applicable", detail);
  }
  return requesterId !== undefined || requesterEmail !== undefined;
}

/**
 * @param found null: there is no such user
 * @throws DomainError `validation_failed`
 */
export function requireRequester(
  { requesterEmail }: NamedRequester,
  found: Candidate | null | undefined,
): UserRef {
  if (found?.active) return toRef(found);
  if (requesterEmail !== undefined) {
    const detail = "There is no active user with this email address.";
    throw invalidField("/requesterEmail", "not_eligible", detail);
  }
  throw invalidField("/requesterId", "not_eligible", "The requester must be an active user.");
}

/** @throws DomainError `validation_failed` */
export function requireCategory(active: boolean | undefined): void {
  if (active) return;
  throw invalidField("/category", "unknown", "There is no active category with this slug.");
}
