import {
  type Caller,
  type EventPage,
  type EventType,
  type ListEventsInput,
  mayReadEvent,
} from "@serviceflow/domain";
import type { AuthenticatedContext } from "../context.ts";
import type { Database } from "../db/database.ts";
import { limitOf } from "../db/page.ts";
import { sealForReader } from "../log/sealer.ts";
import { type Place, placeOf, toCursor } from "./cursor.ts";
import { type EventOutline, type LoadedEvent, loadEvents, readOutlines } from "./store.ts";
import { presentEvent } from "./to-event.ts";

/**
 * How much of the feed one call looks through for what its reader may know of, stretch by stretch: most find enough in
 * the first.
 */
const STRETCHES = [200, 1_000, 4_000];

/** Who reads, and what they want to know of. */
export interface Reader {
  caller: Caller;
  /** Null: every type. */
  types: ReadonlySet<EventType> | null;
}

export function readerOf(
  caller: Caller,
  { type }: { type?: EventType | EventType[] | undefined },
): Reader {
  const types = type === undefined ? null : new Set(Array.isArray(type) ? type : [type]);
  return { caller, types };
}

/** Whether an event is for this reader. */
export function isFor({ caller, types }: Reader, event: EventOutline | LoadedEvent): boolean {
  return (types === null || types.has(event.type)) && mayReadEvent(event, caller);
}

/** A page of the feed for one reader. `end` is where to go on, also when nothing on the way was for them. */
export async function readFeed(
  db: Database,
  reader: Reader,
  after: Place,
  limit: number,
): Promise<{ events: LoadedEvent[]; end: Place; hasMore: boolean }> {
  const readable: EventOutline[] = [];
  let end = after;
  let isAtEnd = false;
  for (const length of STRETCHES) {
    const stretch = await readOutlines(db, end, length);
    isAtEnd = stretch.end.position - end.position < length;
    end = stretch.end;
    readable.push(...stretch.items.filter((outline) => isFor(reader, outline)));
    if (isAtEnd || readable.length > limit) break;
  }
  const chosen = readable.slice(0, limit);
  const last = chosen.at(-1);
  const isCut = readable.length > limit && last !== undefined;
  const events = await loadEvents(
    db,
    chosen.map(({ position }) => position),
  );
  return {
    // A request can have changed hands since its outline was read.
    events: events.filter((event) => isFor(reader, event)),
    end: isCut ? { position: last.position, hash: last.hash } : end,
    hasMore: isCut || !isAtEnd,
  };
}

/** The feed, oldest first. What the caller has just done is in it: it is sealed before it is read. */
export async function listEvents(
  ctx: AuthenticatedContext,
  input: ListEventsInput,
): Promise<EventPage> {
  await sealForReader(ctx.db, ctx.clock());
  const after = await placeOf(ctx.db, input.after ?? "start", "/after");
  const reader = readerOf(ctx.caller, input);
  const { events, end, hasMore } = await readFeed(ctx.db, reader, after, limitOf(input));
  return {
    items: events.map((event) => presentEvent(event, ctx.caller)),
    nextCursor: toCursor(end),
    hasMore,
  };
}
