import type {
  Anchor,
  Caller,
  EventFilter,
  EventFilters,
  EventPage,
  EventTraits,
  EventType,
  ListEventsInput,
  StreamEventsInput,
} from "@serviceflow/domain";
import { DomainError, eventFilter, matchesFilter, mayReadEvent } from "@serviceflow/domain";
import type { Logger } from "pino";
import type { EventBatch, EventFeed, PresenceNews } from "../context.ts";
import type { Database, Reads } from "../db/database.ts";
import { limitOf } from "../db/page.ts";
import { TurnsByKey } from "../db/turns.ts";
import { sealForReader } from "../log/sealer.ts";
import { resolveCursor, toCursor } from "./cursor.ts";
import { ReadersIndex } from "./index-events.ts";
import { readMatching, type Visible } from "./matching-outlines.ts";
import { RecentEvents } from "./recent-events.ts";
import { type EventOutline, type LoadEvents, type LoadedEvent, readOutlines } from "./store.ts";
import { toEvent } from "./to-event.ts";

/** How many events one call examines for a reader, slice by slice: for most, the first slice holds enough. */
const SLICE_SIZES = [200, 1_000, 4_000];
const HEARTBEAT_MS = 8_000;
/** Events that a lagging stream holds in memory. */
const STREAM_PAGE_SIZE = 20;
/** Streams of one user that read past events at a time; the others wait. */
const CATCHING_UP_PER_USER = 2;

export interface FeedOptions {
  db: Database;
  log: Logger;
  clock(): Date;
  loadEvents: LoadEvents;
  /** Null: they see every request. */
  visibleTo(caller: Caller): Visible | null;
}

/** Who reads, and what they asked for. */
interface Reader {
  caller: Caller;
  /** Null: every type. */
  types: ReadonlySet<EventType> | null;
  filter: EventFilter | null;
}

/** Consecutive events, or those among them that can match the reader's filters. */
interface Slice {
  items: (EventOutline & { traits?: EventTraits | null })[];
  end: Anchor;
  isAtEnd: boolean;
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
  readonly #index: ReadersIndex;
  readonly #recent: RecentEvents;
  readonly #catchingUp = new TurnsByKey(CATCHING_UP_PER_USER);

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#index = new ReadersIndex(options);
    this.#recent = new RecentEvents({ ...options, index: this.#index });
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
      { first: db.replicated, further: db.heavy },
    );
    if (hasMore && end.position === after.position) {
      throw new DomainError(
        "unavailable",
        "The server is still preparing events for the filters, and has not come as far as the cursor; try again shortly.",
      );
    }
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
    presence: PresenceNews,
  ): Promise<AsyncGenerator<EventBatch>> {
    const { db, clock } = this.#options;
    await sealForReader(db, clock());
    const pointer = input.lastEventId === undefined ? "/after" : "/lastEventId";
    const after = await resolveCursor(db, input.lastEventId ?? input.after ?? "now", pointer);
    const reader = readerOf(caller, input);
    const leave = this.#recent.subscribe({ filters: reader.filter !== null });
    signal.addEventListener("abort", leave, { once: true });
    return this.#follow(reader, after, signal, presence);
  }

  async *#follow(
    reader: Reader,
    after: Anchor,
    signal: AbortSignal,
    presence: PresenceNews,
  ): AsyncGenerator<EventBatch> {
    const { caller } = reader;
    let at = after;
    let heartbeatAt = Date.now() + HEARTBEAT_MS;
    yield { events: [], presence: [], cursor: toCursor(at) };
    while (!signal.aborted) {
      const recent = this.#recent.after(at);
      const { events, end } = recent?.items.every((event) => canFilter(reader, event))
        ? { events: recent.items.filter((event) => isRecentFor(reader, event)), end: recent.end }
        : await this.#pastPage(reader, at, signal);
      const hasMoved = end.position > at.position;
      at = end;
      const present = presence.take();
      // A stream that carries presence alone still needs heartbeats, which have the cursor.
      const isDue = present.length === 0 && Date.now() >= heartbeatAt;
      if (events.length > 0 || isDue) heartbeatAt = Date.now() + HEARTBEAT_MS;
      if (events.length > 0 || present.length > 0 || isDue) {
        yield {
          events: events.map((event) => toEvent(event, caller)),
          presence: present,
          cursor: toCursor(at),
        };
      } else if (!hasMoved) {
        await this.#recent.changed(at, heartbeatAt, signal, presence);
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
    const isWhole = reader.filter === null || (await this.#index.catchUp());
    const readable: EventOutline[] = [];
    let end = after;
    let isAtEnd = false;
    for (const [index, size] of SLICE_SIZES.entries()) {
      const slice = await this.#slice(index === 0 ? db.first : db.further, reader, end, size);
      ({ end, isAtEnd } = slice);
      const mine = slice.items.filter((outline) => isFor(reader, outline, outline.traits ?? null));
      readable.push(...mine);
      if (isAtEnd || readable.length > limit) break;
    }
    const chosen = readable.slice(0, limit);
    const last = chosen.at(-1);
    const isCut = readable.length > limit && last !== undefined;
    const positions = chosen.map(({ position }) => position);
    const events = await this.#options.loadEvents(db.first, positions);
    return {
      // A request can have changed hands since its outline was read.
      events: events.filter((event) => mayReadEvent(event, reader.caller)),
      end: isCut ? { position: last.position, hash: last.hash } : end,
      hasMore: isCut || !isAtEnd || !isWhole,
    };
  }

  /** @param size how many events to examine */
  async #slice(db: Reads, { caller, filter }: Reader, after: Anchor, size: number): Promise<Slice> {
    const { db: primary, clock } = this.#options;
    if (filter !== null) {
      const visible = this.#options.visibleTo(caller);
      return readMatching(db, { caller, filter, visible }, after, size, primary);
    }
    const slice = await readOutlines(db, after, size, clock(), primary);
    return { ...slice, isAtEnd: slice.end.position - after.position < size };
  }

  /** Waits for the read in progress. */
  close(): Promise<void> {
    return this.#recent.close();
  }
}

function readerOf(
  caller: Caller,
  input: EventFilters & { type?: EventType | EventType[] | undefined },
): Reader {
  const { type } = input;
  const types = type === undefined ? null : new Set(Array.isArray(type) ? type : [type]);
  return { caller, types, filter: eventFilter(input, caller.id) };
}

function isFor(
  { caller, types, filter }: Reader,
  event: EventOutline | LoadedEvent,
  traits: EventTraits | null,
): boolean {
  return (
    (types === null || types.has(event.type)) &&
    mayReadEvent(event, caller) &&
    (filter === null || matchesFilter(filter, traits))
  );
}

/** Whether it is known of a recent event what the reader's filters decide by. */
function canFilter({ filter }: Reader, event: LoadedEvent): boolean {
  return filter === null || event.filed !== undefined;
}

function isRecentFor(reader: Reader, event: LoadedEvent): boolean {
  const { filed = null } = event;
  const concernsReader = filed?.participants.has(reader.caller.id) ?? false;
  return isFor(reader, event, filed && { ...filed, concernsReader });
}
