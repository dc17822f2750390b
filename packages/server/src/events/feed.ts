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
import type { Database, Reads } from "../db/database.ts";
import { limitOf } from "../db/page.ts";
import { TurnsByKey } from "../db/turns.ts";
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
/** Streams of one user that read past events at a time; the others wait. */
const CATCHING_UP_PER_USER = 2;

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

/** A page for one reader. `end` is where the next one begins, also when none of the events were for the reader. */
interface ReaderPage {
  events: LoadedEvent[];
  end: Anchor;
  hasMore: boolean;
}

/** The feed over the chain of seals: a sealed entry is committed, and its position never changes. */
export class Feed implements EventFeed {
  readonly #options: FeedOptions;
  readonly #recent: RecentEvents;
  readonly #catchingUp = new TurnsByKey(CATCHING_UP_PER_USER);

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
      { first: db, further: db.heavy },
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
        : await this.#pastPage(reader, at, signal);
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

  /** A page of a stream that lags. Empty when the stream ends before its turn. */
  #pastPage(reader: Reader, after: Anchor, signal: AbortSignal): Promise<ReaderPage> {
    const { batches } = this.#options.db;
    return this.#catchingUp.run(reader.caller.id, async () =>
      signal.aborted
        ? { events: [], end: after, hasMore: true }
        : this.#page(reader, after, STREAM_PAGE_SIZE, { first: batches, further: batches }),
    );
  }

  /** @param db what reads the first slice and the events, and what reads further and larger slices */
  async #page(
    reader: Reader,
    after: Anchor,
    limit: number,
    db: { first: Reads; further: Reads },
  ): Promise<ReaderPage> {
    const readable: EventOutline[] = [];
    let end = after;
    let isAtEnd = false;
    for (const [index, size] of SLICE_SIZES.entries()) {
      const slice = await readOutlines(index === 0 ? db.first : db.further, end, size);
      isAtEnd = slice.end.position - end.position < size;
      end = slice.end;
      readable.push(...slice.items.filter((outline) => isFor(reader, outline)));
      if (isAtEnd || readable.length > limit) break;
    }
    const chosen = readable.slice(0, limit);
    const last = chosen.at(-1);
    const isCut = readable.length > limit && last !== undefined;
    const positions = chosen.map(({ position }) => position);
    const events = await this.#options.loadEvents(db.first, positions);
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
