import { type AuditDraft, draftEntry } from "../log/audit-entry.ts";

/** An account of a person at an identity provider. */
export interface Identity {
  /** URL of the provider. */
  issuer: string;
  /** Id of the account there. */
  subject: string;
}

/** The entry of an account that is linked to a user from now on. */
export function identityLinked(userId: string, { issuer, subject }: Identity): AuditDraft {
  const after = { issuer, account: subject };
  return draftEntry("user.identity_linked", { id: userId, before: null, after });
}
