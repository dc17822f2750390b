import type {
  Anchor,
  Caller,
  EventPage,
  EventType,
  ListEventsInput,
  StreamEventsInput,
} from "@serviceflow/domain";
import { mayReadEvent } from "@serviceflow/domain";
import type { Logger } from "pino";
import type { EventBatch, EventFeed } from "../context.ts";
import type { Database } from "../db/database.ts";
import { limitOf } from "../db/page.ts";
import { sealForReader } from "../log/sealer.ts";
import { resolveCursor, toCursor } from "./cursor.ts";
import { RecentEvents } from "./recent-events.ts";
import { type EventOutline, type LoadEvents, type LoadedEvent, readOutlines } from "./store.ts";
import { toEvent } from "./to-event.ts";

/** How many events one call examines for a reader, slice by slice: for most, the first slice holds enough. */
const SLICE_SIZES = [200, 1_000, 4_000];
const HEARTBEAT_MS = 15_000;
/** Events that a lagging stream holds in memory. */
const STREAM_PAGE_SIZE = 20;

export interface FeedOptions {
  db: Database;
  log: Logger;
  clock(): Date;
  loadEvents: LoadEvents;
}

/** Who reads, and which types they asked for. */
interface Reader {
  caller: Caller;
  /** Null: every type. */
  types: ReadonlySet<EventType> | null;
}

/** The feed over the chain of seals: a sealed entry is committed, and its position never changes. */
export class Feed implements EventFeed {
  readonly #options: FeedOptions;
  readonly #recent: RecentEvents;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#recent = new RecentEvents(options);
  }

  /** How many streams are open in this process. */
  get streams(): number {
    return this.#recent.subscribers;
  }

  async list(caller: Caller, input: ListEventsInput): Promise<EventPage> {
    const { db, clock } = this.#options;
    await sealForReader(db, clock());
    const after = await resolveCursor(db, input.after ?? "start", "/after");
    const { events, end, hasMore } = await this.#page(
      readerOf(caller, input),
      after,
      limitOf(input),
    );
    return {
      items: events.map((event) => toEvent(event, caller)),
      nextCursor: toCursor(end),
      hasMore,
    };
  }

  async stream(
    caller: Caller,
    input: StreamEventsInput,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<EventBatch>> {
    const { db, clock } = this.#options;
    await sealForReader(db, clock());
    const pointer = input.lastEventId === undefined ? "/after" : "/lastEventId";
    const after = await resolveCursor(db, input.lastEventId ?? input.after ?? "now", pointer);
    signal.addEventListener("abort", this.#recent.subscribe(), { once: true });
    return this.#follow(readerOf(caller, input), after, signal);
  }

  async *#follow(reader: Reader, after: Anchor, signal: AbortSignal): AsyncGenerator<EventBatch> {
    const { caller } = reader;
    let at = after;
    let heartbeatAt = Date.now() + HEARTBEAT_MS;
    yield { events: [], cursor: toCursor(at) };
    while (!signal.aborted) {
      const recent = this.#recent.after(at);
      const { events, end } = recent
        ? { events: recent.items.filter((event) => isFor(reader, event)), end: recent.end }
        : await this.#page(reader, at, STREAM_PAGE_SIZE);
      const hasMoved = end.position > at.position;
      at = end;
      if (events.length > 0 || Date.now() >= heartbeatAt) {
        heartbeatAt = Date.now() + HEARTBEAT_MS;
        yield { events: events.map((event) => toEvent(event, caller)), cursor: toCursor(at) };
      } else if (!hasMoved) {
        await this.#recent.changed(at, heartbeatAt, signal);
      }
    }
  }

  /** A page for one reader. `end` is where the next one begins, also when none of the events were for the reader. */
  async #page(
    reader: Reader,
    after: Anchor,
    limit: number,
  ): Promise<{ events: LoadedEvent[]; end: Anchor; hasMore: boolean }> {
    const readable: EventOutline[] = [];
    let end = after;
    let isAtEnd = false;
    for (const size of SLICE_SIZES) {
      const slice = await readOutlines(this.#options.db, end, size);
      isAtEnd = slice.end.position - end.position < size;
      end = slice.end;
      readable.push(...slice.items.filter((outline) => isFor(reader, outline)));
      if (isAtEnd || readable.length > limit) break;
    }
    const chosen = readable.slice(0, limit);
    const last = chosen.at(-1);
    const isCut = readable.length > limit && last !== undefined;
    const events = await this.#options.loadEvents(chosen.map(({ position }) => position));
    return {
      // A request can have changed hands since its outline was read.
      events: events.filter((event) => isFor(reader, event)),
      end: isCut ? { position: last.position, hash: last.hash } : end,
      hasMore: isCut || !isAtEnd,
    };
  }

  /** Waits for the read in progress. */
  close(): Promise<void> {
    return this.#recent.close();
  }
}

function readerOf(
  caller: Caller,
  { type }: { type?: EventType | EventType[] | undefined },
): Reader {
  const types = type === undefined ? null : new Set(Array.isArray(type) ? type : [type]);
  return { caller, types };
}

function isFor({ caller, types }: Reader, event: EventOutline | LoadedEvent): boolean {
  return (types === null || types.has(event.type)) && mayReadEvent(event, caller);
}
