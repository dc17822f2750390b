import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Database } from "../db/database.ts";
import { describeFailure } from "../db/failure.ts";
import { sealBatch } from "../log/sealer.ts";
import { endOfFeed, type Place } from "./cursor.ts";
import { type LoadedEvent, loadEvents, readOutlines, type Stretch } from "./store.ts";

const INTERVAL_MS = 100;
const BATCH_SIZE = 500;
/** How many of the newest events are kept for the streams; who is further behind reads the database. */
const MOST_KEPT = 1_000;
/** And how many characters they may have among them, long texts counted alone. */
const MOST_KEPT_TEXT = 4_000_000;
const MOST_READ_AT_ONCE = 100;

interface Waiter {
  until: number;
  wake(): void;
}

/** What is kept while there are streams: all events between two places. */
interface Kept {
  events: LoadedEvent[];
  from: Place;
  to: Place;
}

/**
 * The end of the feed, read once for all streams of this process, and only while there are any. Each replica reads the
 * database for itself, and whatever wrote an event has nothing to do for it.
 */
export class EventTail {
  readonly #db: Database;
  readonly #log: Logger;
  readonly #clock: () => Date;
  readonly #waiters = new Set<Waiter>();
  #followers = 0;
  /** Told apart by identity: a reading that began for streams that have all gone must touch nothing of the next. */
  #session: { kept: Kept | null } | null = null;
  #running: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(db: Database, log: Logger, clock: () => Date) {
    this.#db = db;
    this.#log = log;
    this.#clock = clock;
  }

  /** Reads on for a stream; the answer is to be called when it ends. */
  follow(): () => void {
    this.#followers += 1;
    if (!this.#session) this.#begin();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#followers -= 1;
      if (this.#followers === 0) this.#session = null;
    };
  }

  get followers(): number {
    return this.#followers;
  }

  /** The events behind a place as far as they are kept; null when they begin later. */
  read({ position }: Place): Stretch<LoadedEvent> | null {
    const kept = this.#session?.kept;
    if (!kept || position < kept.from.position || position > kept.to.position) return null;
    // Nearly all streams are near the end.
    let first = kept.events.length;
    while (first > 0 && (kept.events[first - 1] as LoadedEvent).position > position) first -= 1;
    const items = kept.events.slice(first, first + MOST_READ_AT_ONCE);
    const last = items.at(-1);
    const isCut = last !== undefined && first + MOST_READ_AT_ONCE < kept.events.length;
    return { items, end: isCut ? { position: last.position, hash: last.hash } : kept.to };
  }

  /** Waits until there may be something behind the place, but no longer than that moment. */
  changed(place: Place, until: number, signal: AbortSignal): Promise<void> {
    const to = this.#session?.kept?.to;
    if (signal.aborted || (to && to.position > place.position)) return Promise.resolve();
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
    });
  }

  #begin(): void {
    const session = { kept: null };
    this.#session = session;
    const before = this.#running;
    this.#running = this.#readWhile(session).then(() => before);
  }

  async #readWhile(session: { kept: Kept | null }): Promise<void> {
    while (this.#session === session) {
      await pause(INTERVAL_MS, undefined, { ref: false });
      const before = session.kept?.to;
      try {
        await this.#readOn(session);
        this.#failing = false;
      } catch (error) {
        // Once for each time that it begins to fail: the streams wait, and miss nothing.
        if (!this.#failing) this.#log.warn(describeFailure(error), "could not read the feed");
        this.#failing = true;
      }
      const hasMoved = session.kept?.to.position !== before?.position;
      const now = Date.now();
      for (const waiter of [...this.#waiters]) if (hasMoved || waiter.until <= now) waiter.wake();
    }
  }

  async #readOn(session: { kept: Kept | null }): Promise<void> {
    await sealBatch(this.#db, this.#clock());
    if (!session.kept) {
      const end = await endOfFeed(this.#db);
      session.kept = { events: [], from: end, to: end };
    }
    let read = BATCH_SIZE;
    while (read === BATCH_SIZE && this.#session === session) {
      const { to } = session.kept;
      const { items, end } = await readOutlines(this.#db, to, BATCH_SIZE);
      read = end.position - to.position;
      if (read === 0) return;
      const positions = items.map(({ position }) => position);
      session.kept = extended(session.kept, await loadEvents(this.#db, positions), end);
    }
  }

  /** Waits for what is being read. */
  async close(): Promise<void> {
    this.#session = null;
    await this.#running;
  }
}

/** With newer events, and without those that are then too old. */
function extended(kept: Kept, newer: readonly LoadedEvent[], end: Place): Kept {
  const events = [...kept.events, ...newer];
  const first = firstToKeep(events);
  const dropped = events[first - 1];
  return {
    events: events.slice(first),
    from: dropped ? { position: dropped.position, hash: dropped.hash } : kept.from,
    to: end,
  };
}

function firstToKeep(events: readonly LoadedEvent[]): number {
  let text = 0;
  let first = events.length;
  while (first > 0 && events.length - first < MOST_KEPT) {
    text += lengthOfTexts(events[first - 1] as LoadedEvent);
    if (text > MOST_KEPT_TEXT) break;
    first -= 1;
  }
  return first;
}

function lengthOfTexts({ frame, request, about }: LoadedEvent): number {
  const changed = Object.values(frame.changes).flatMap(({ from, to }) => [from, to]);
  const texts = [...changed, request?.description, about.comment?.body];
  return texts.reduce<number>((sum, text) => sum + (typeof text === "string" ? text.length : 0), 0);
}
