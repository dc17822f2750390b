import { draftEntry } from "../log/audit-entry.ts";

/** The entry of a code that was revoked. */
export function codeRevoked(id: string) {
  return draftEntry("code.revoked", { id, before: null, after: {} });
}

/** The entry of a code that nobody redeemed in time. */
export function codeExpired(id: string) {
  return draftEntry("code.expired", { id, before: null, after: {} });
}
