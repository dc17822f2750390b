import { timingSafeEqual } from "node:crypto";
import { DomainError } from "@serviceflow/domain";
import type { CallContext } from "../context.ts";
import { sha256 } from "../db/sha256.ts";
import { refuse } from "./authenticate.ts";

/**
 * Holds the call's `X-Bootstrap-Key` against the configured one.
 * @returns the key
 * @throws DomainError `unauthenticated` for any other, and when none is configured; `rate_limited`
 */
export async function requireBootstrapKey(ctx: CallContext, given: string): Promise<string> {
  ctx.limits.requireUnblocked(ctx.clientAddress, null, ctx.responseHeaders);
  const expected = ctx.bootstrapKey;
  if (expected !== null && timingSafeEqual(sha256(given), sha256(expected))) return expected;
  await refuse(ctx, null);
  throw new DomainError(
    "unauthenticated",
    "The header X-Bootstrap-Key does not hold the right key.",
  );
}
