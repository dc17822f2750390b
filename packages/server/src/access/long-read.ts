import type { Caller } from "@serviceflow/domain";
import type { AuthenticatedContext } from "../context.ts";

/** A read of very many rows, which takes a slot of its user. */
export interface LongRead {
  /** Aborts when the client disconnects, and when the key expires or is revoked. */
  signal: AbortSignal;
  end(): void;
}

/**
 * Begins a read for a caller who is judged again.
 * @param permit throws what the caller is refused with
 * @throws DomainError `unauthenticated`, `rate_limited`, and what `permit` throws
 */
export async function beginLongRead(
  ctx: AuthenticatedContext,
  permit: (caller: Caller) => void,
): Promise<LongRead & { caller: Caller }> {
  const ends = [await ctx.logReads.take(ctx.actor.userUuid, ctx.responseHeaders)];
  const end = () => {
    for (const each of ends) each();
  };
  try {
    const watched = await ctx.watchKey(ctx.actor);
    ends.push(watched.end);
    permit(watched.caller);
    const signal = AbortSignal.any([watched.signal, ctx.disconnected()]);
    return { signal, end, caller: watched.caller };
  } catch (error) {
    end();
    throw error;
  }
}
