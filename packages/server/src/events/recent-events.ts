import { type Anchor, DomainError } from "@serviceflow/domain";
import type { Logger } from "pino";
import { Job } from "../background.ts";
import type { PresenceNews } from "../context.ts";
import type { Database } from "../db/database.ts";
import { sealBatch } from "../log/sealer.ts";
import { feedEnd } from "./cursor.ts";
import { filedEvents } from "./filed-events.ts";
import type { ReadersIndex } from "./index-events.ts";
import {
  type EventOutline,
  type FeedSlice,
  type LoadEvents,
  type LoadedEvent,
  readOutlines,
} from "./store.ts";

const POLL_INTERVAL_MS = 100;
const BATCH_SIZE = 500;
const MAX_EVENTS = 1_000;
/** Characters of all kept events together, counting only long texts. */
const MAX_TEXT_LENGTH = 4_000_000;
const MAX_SLICE_SIZE = 100;

interface Waiter {
  until: number;
  wake(): void;
}

/** All events between two positions. */
interface Kept {
  events: LoadedEvent[];
  from: Anchor;
  to: Anchor;
}

/**
 * The newest events, polled once for all streams of this process and only while there are any. A stream that lags
 * further reads the database.
 */
export class RecentEvents {
  readonly #db: Database;
  readonly #log: Logger;
  readonly #clock: () => Date;
  readonly #loadEvents: LoadEvents;
  readonly #index: ReadersIndex;
  readonly #poll: Job;
  readonly #waiters = new Set<Waiter>();
  #subscribers = 0;
  #filtering = 0;
  /** Compared by identity, so that a stale poll cannot write into a new session. */
  #session: { kept: Kept | null } | null = null;

  constructor(options: {
    db: Database;
    log: Logger;
    clock(): Date;
    loadEvents: LoadEvents;
    index: ReadersIndex;
  }) {
    this.#db = options.db;
    this.#log = options.log;
    this.#clock = options.clock;
    this.#loadEvents = options.loadEvents;
    this.#index = options.index;
    this.#poll = new Job({
      log: options.log,
      name: "read the feed",
      everyMs: POLL_INTERVAL_MS,
      work: () => this.#pollOnce(),
    });
  }

  /** Starts polling for a stream; call the result when the stream ends. */
  subscribe({ filters }: { filters: boolean }): () => void {
    this.#subscribers += 1;
    if (filters) this.#filtering += 1;
    if (!this.#session) {
      this.#session = { kept: null };
      this.#poll.start();
    }
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      this.#subscribers -= 1;
      if (filters) this.#filtering -= 1;
      if (this.#subscribers === 0) void this.close();
    };
  }

  get subscribers(): number {
    return this.#subscribers;
  }

  /** The kept events after a place; null when it is not among them, because it is older or of another chain. */
  after(place: Anchor): FeedSlice<LoadedEvent> | null {
    const kept = this.#session?.kept;
    if (!kept || place.position < kept.from.position) return null;
    // Nearly all streams are near the end.
    let first = kept.events.length;
    while (first > 0 && (kept.events[first - 1] as LoadedEvent).position > place.position) {
      first -= 1;
    }
    const known = [kept.from, kept.events[first - 1], kept.to];
    if (!known.some((anchor) => anchor && isSame(anchor, place))) return null;
    const items = kept.events.slice(first, first + MAX_SLICE_SIZE);
    const last = items.at(-1);
    const isCut = last !== undefined && first + MAX_SLICE_SIZE < kept.events.length;
    return { items, end: isCut ? { position: last.position, hash: last.hash } : kept.to };
  }

  /** Waits until there may be events after a position or news of presence, at the latest until `until`. */
  changed(
    after: Anchor,
    until: number,
    signal: AbortSignal,
    presence: PresenceNews,
  ): Promise<void> {
    const to = this.#session?.kept?.to;
    const isLate = !presence.isEmpty || (to && to.position > after.position);
    if (signal.aborted || isLate) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter: Waiter = {
        until,
        wake: () => {
          this.#waiters.delete(waiter);
          signal.removeEventListener("abort", waiter.wake);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener("abort", waiter.wake);
      presence.onNews = waiter.wake;
    });
  }

  async #pollOnce(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    const before = session.kept?.to.position;
    try {
      await this.#catchUp(session);
    } finally {
      const hasMoved = session.kept?.to.position !== before;
      const now = Date.now();
      for (const waiter of [...this.#waiters]) if (hasMoved || waiter.until <= now) waiter.wake();
    }
  }

  async #catchUp(session: { kept: Kept | null }): Promise<void> {
    await sealBatch(this.#db, this.#clock());
    if (!session.kept) {
      const end = await feedEnd(this.#db);
      session.kept = { events: [], from: end, to: end };
    }
    let read = BATCH_SIZE;
    while (read === BATCH_SIZE && this.#session === session) {
      const { to } = session.kept;
      const slice = await this.#sliceAfter(to);
      if (!slice) {
        // Each stream finds out for itself whether it stands on what remains of the chain.
        session.kept = null;
        return;
      }
      const { items, end } = slice;
      read = end.position - to.position;
      if (read === 0) return;
      const positions = items.map(({ position }) => position);
      const events = await this.#loadEvents(this.#db, positions);
      session.kept = extended(session.kept, await this.#filed(events), end);
    }
  }

  /** Loads what filters decide by, once for all streams. A stream whose filters lack it reads for itself. */
  async #filed(events: LoadedEvent[]): Promise<LoadedEvent[]> {
    if (this.#filtering === 0 || events.length === 0) return events;
    const isWhole = await this.#index.catchUp();
    const filed = await filedEvents(this.#db, events);
    return events.map((event) => {
      const found = filed.get(event.position) ?? (isWhole ? null : undefined);
      return found === undefined ? event : { ...event, filed: found };
    });
  }

  /** Null when the chain that the streams have followed does not exist any more. */
  async #sliceAfter(to: Anchor): Promise<FeedSlice<EventOutline> | null> {
    try {
      return await readOutlines(this.#db, to, BATCH_SIZE, this.#clock());
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== "cursor_unknown") throw error;
      this.#log.warn({ position: to.position }, "the log has lost entries that were streamed");
      return null;
    }
  }

  /** Waits for the poll in progress. */
  async close(): Promise<void> {
    this.#session = null;
    await this.#poll.stop();
  }
}

/** With newer events, and without those that are then too old. */
function extended(kept: Kept, newer: readonly LoadedEvent[], end: Anchor): Kept {
  const events = [...withCorrections(kept.events, newer), ...newer];
  const first = firstToKeep(events);
  const dropped = events[first - 1];
  return {
    events: events.slice(first),
    from: dropped ? { position: dropped.position, hash: dropped.hash } : kept.from,
    to: end,
  };
}

/**
 * A request that has another requester now is no longer shown to the one before, with earlier events neither: of itself, or
 * of what follows it up.
 */
function withCorrections(
  events: readonly LoadedEvent[],
  newer: readonly LoadedEvent[],
): readonly LoadedEvent[] {
  const corrected = new Map(
    newer.flatMap(({ type, frame, request }) =>
      type === "request.updated" && frame.changes.requesterId && request
        ? [[request.id, request]]
        : [],
    ),
  );
  if (corrected.size === 0) return events;
  return events.map((event) => {
    if (!event.request) return event;
    const request = corrected.get(event.request.id) ?? event.request;
    const followsUp =
      request.followsUp && (corrected.get(request.followsUp.id) ?? request.followsUp);
    const isSame = request === event.request && followsUp === request.followsUp;
    return isSame ? event : { ...event, request: { ...request, followsUp } };
  });
}

function isSame(one: Anchor, other: Anchor): boolean {
  return one.position === other.position && one.hash === other.hash;
}

function firstToKeep(events: readonly LoadedEvent[]): number {
  let text = 0;
  let first = events.length;
  while (first > 0 && events.length - first < MAX_EVENTS) {
    text += textLength(events[first - 1] as LoadedEvent);
    if (text > MAX_TEXT_LENGTH) break;
    first -= 1;
  }
  return first;
}

function textLength({ frame, request, about }: LoadedEvent): number {
  const changed = Object.values(frame.changes).flatMap(({ from, to }) => [from, to]);
  const texts = [...changed, request?.description, about.comment?.body];
  return texts.reduce<number>((sum, text) => sum + (typeof text === "string" ? text.length : 0), 0);
}
