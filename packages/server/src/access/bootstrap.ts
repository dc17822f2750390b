import { timingSafeEqual } from "node:crypto";
import { type Caller, DomainError, SCOPES } from "@serviceflow/domain";
import type { CallContext } from "../context.ts";
import { sha256 } from "../db/sha256.ts";
import { refuse } from "./authenticate.ts";

/** The holder of the bootstrap key; the log names no actor for them. */
export const FOUNDER: Caller = {
  id: "bootstrap",
  fullName: "Bootstrap",
  role: "ADMIN",
  kind: "HUMAN",
  scopes: SCOPES,
  keyEndsAt: null,
};

/** Of a call without any key where the bootstrap key would do. curl leaves a header out whose value is empty. */
export function unfounded(): DomainError {
  return new DomainError(
    "unauthenticated",
    "Send a valid API key in the header X-API-Key. For the first administrator, send the bootstrap key in X-Bootstrap-Key; an empty one counts as none.",
  );
}

/**
 * Compares the call's `X-Bootstrap-Key` with the configured one.
 * @returns the key
 * @throws DomainError `unauthenticated` for any other key, and when none is configured; `rate_limited`
 */
export async function requireBootstrapKey(ctx: CallContext, given: string): Promise<string> {
  ctx.limits.requireUnblocked(ctx.clientAddress, null, ctx.responseHeaders);
  const expected = ctx.bootstrapKey;
  if (expected !== null && timingSafeEqual(sha256(given), sha256(expected))) return expected;
  await refuse(ctx, null);
  throw new DomainError(
    "unauthenticated",
    "Send the configured bootstrap key in the header X-Bootstrap-Key.",
  );
}
