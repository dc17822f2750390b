import { timingSafeEqual } from "node:crypto";
import { DomainError } from "@serviceflow/domain";
import type { CallContext } from "../context.ts";
import { sha256 } from "../db/sha256.ts";

/**
 * Holds the call's `X-Bootstrap-Key` against the configured one.
 * @returns the key
 * @throws DomainError `unauthenticated` for any other, and when none is configured
 */
export function requireBootstrapKey(ctx: CallContext, given: string): string {
  const expected = ctx.bootstrapKey;
  if (expected !== null && timingSafeEqual(sha256(given), sha256(expected))) return expected;
  ctx.noteSignInFailure({ address: ctx.clientAddress, keyUuid: null });
  throw new DomainError(
    "unauthenticated",
    "The header X-Bootstrap-Key does not hold the right key.",
  );
}
