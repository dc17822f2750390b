import type { ServiceFlowEvent, StreamEventsInput } from "@serviceflow/domain";
import type { AuthenticatedContext } from "../context.ts";
import { sealForReader } from "../log/sealer.ts";
import { type Place, placeOf, toCursor } from "./cursor.ts";
import { isFor, type Reader, readerOf, readFeed } from "./feed.ts";
import { presentEvent } from "./to-event.ts";

const HEARTBEAT_MS = 15_000;
/** What a reader who is behind holds of the feed while they are slow. */
const PAGE_SIZE = 20;

/** What a stream has to tell: events, or none for a while. */
export interface Progress {
  events: ServiceFlowEvent[];
  /** How far the stream has come: to open it again behind this misses nothing. */
  cursor: string;
}

/** A stream of events that has been opened. */
export interface EventStream {
  /** Begins with where it begins, and ends when `signal` ends it. */
  progress: AsyncGenerator<Progress>;
  /** Aborted when it ends: by `end`, or because its key has ended, its reader's role has changed or the server stops. */
  signal: AbortSignal;
  /** To be called when nobody reads it any more. */
  end(): void;
}

/**
 * Opens a stream for the caller; whatever is to be refused is refused before it begins.
 * @throws DomainError `rate_limited`, `validation_failed`, `cursor_unknown`
 */
export async function openStream(
  ctx: AuthenticatedContext,
  input: StreamEventsInput,
): Promise<EventStream> {
  const { keyUuid } = ctx.principal;
  const giveBack = ctx.openStreams.take(keyUuid, ctx.responseHeaders);
  try {
    await sealForReader(ctx.db, ctx.clock());
    const pointer = input.lastEventId === undefined ? "/after" : "/lastEventId";
    const after = await placeOf(ctx.db, input.lastEventId ?? input.after ?? "now", pointer);
    const watched = ctx.watchKey(keyUuid, ctx.caller.role);
    const leave = ctx.tail.follow();
    const ended = new AbortController();
    const cut = () => ended.abort(watched.signal.reason);
    watched.signal.addEventListener("abort", cut, { once: true });
    if (watched.signal.aborted) cut();
    return {
      progress: follow(ctx, readerOf(ctx.caller, input), after, ended.signal),
      signal: ended.signal,
      end() {
        watched.end();
        leave();
        giveBack();
        ended.abort();
      },
    };
  } catch (error) {
    giveBack();
    throw error;
  }
}

async function* follow(
  ctx: Pick<AuthenticatedContext, "db" | "tail" | "caller">,
  reader: Reader,
  after: Place,
  signal: AbortSignal,
): AsyncGenerator<Progress> {
  const tell = (events: ServiceFlowEvent[], at: Place) => ({ events, cursor: toCursor(at) });
  let at = after;
  let heartbeatAt = Date.now() + HEARTBEAT_MS;
  yield tell([], at);
  while (!signal.aborted) {
    const kept = ctx.tail.read(at);
    const { events, end } = kept
      ? { events: kept.items.filter((event) => isFor(reader, event)), end: kept.end }
      : await readFeed(ctx.db, reader, at, PAGE_SIZE);
    const hasMoved = end.position > at.position;
    at = end;
    if (events.length > 0 || Date.now() >= heartbeatAt) {
      heartbeatAt = Date.now() + HEARTBEAT_MS;
      yield tell(
        events.map((event) => presentEvent(event, ctx.caller)),
        at,
      );
    } else if (!hasMoved) {
      await ctx.tail.changed(at, heartbeatAt, signal);
    }
  }
}
