import type { StreamEventsInput } from "@serviceflow/domain";
import type { AuthenticatedContext, EventBatch } from "../context.ts";

/** An open stream of events. */
export interface EventStream {
  batches: AsyncGenerator<EventBatch>;
  /** Aborts when the stream ends: by `end`, by its key or its reader's role, or because the server stops. */
  signal: AbortSignal;
  /** Call it when nobody reads the stream any more. */
  end(): void;
}

/**
 * Opens a stream for the caller. It is refused here or not at all.
 * @throws DomainError `unauthenticated`, `rate_limited`, `validation_failed`, `cursor_unknown`
 */
export async function openStream(
  ctx: AuthenticatedContext,
  input: StreamEventsInput,
): Promise<EventStream> {
  const releaseSlot = await ctx.openStreams.take(ctx.actor, ctx.responseHeaders);
  const ended = new AbortController();
  const end = [releaseSlot];
  try {
    const { caller, ...watched } = await ctx.watchKey(ctx.actor);
    end.push(watched.end);
    const presence = ctx.presence.watch(ctx.actor.keyUuid);
    end.push(presence.end);
    const batches = await ctx.feed.stream(caller, input, ended.signal, presence);
    const cut = () => ended.abort(watched.signal.reason);
    watched.signal.addEventListener("abort", cut, { once: true });
    if (watched.signal.aborted) cut();
    return {
      batches,
      signal: ended.signal,
      end() {
        for (const each of end) each();
        ended.abort();
      },
    };
  } catch (error) {
    for (const each of end) each();
    throw error;
  }
}
