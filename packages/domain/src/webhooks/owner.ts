import { isAlwaysAllowed } from "../rules/permissions.ts";
import type { Role } from "../rules/roles.ts";

/**
 * Why an owner's authority is gone. OWNER_UNKNOWN: nobody is recorded as the owner. OWNER_ERASED: the person was erased.
 * OWNER_DEACTIVATED: the user is inactive. OWNER_LOST_ROLE: the user is no longer an administrator.
 */
export const OWNER_FAULTS = [
  "OWNER_UNKNOWN",
  "OWNER_ERASED",
  "OWNER_DEACTIVATED",
  "OWNER_LOST_ROLE",
] as const;
export type OwnerFault = (typeof OWNER_FAULTS)[number];

/** What of its owner decides whether a webhook may send. */
export interface OwnerState {
  role: Role;
  active: boolean;
  /** Null: never erased. */
  erasedAt: Date | string | null;
}

/**
 * Why a webhook of this owner may not send; null if it may. A webhook has its owner's authority, not that of the key
 * that created it.
 * @param owner null: unknown
 */
export function ownerFault(owner: OwnerState | null): OwnerFault | null {
  if (owner === null) return "OWNER_UNKNOWN";
  if (owner.erasedAt !== null) return "OWNER_ERASED";
  if (!owner.active) return "OWNER_DEACTIVATED";
  return isAlwaysAllowed("webhook.manage", owner) ? null : "OWNER_LOST_ROLE";
}
