import type { EventPage, RequestPresence, ServiceFlowEvent } from "@serviceflow/domain";
import { ServiceFlowError } from "../error.ts";
import { runHook } from "../run-hook.ts";
import { pause } from "../transport/deadline.ts";
import type { FeedStep } from "../transport/event-stream.ts";
import { retryDelay, shouldReconnect } from "../transport/retry-policy.ts";
import { isAfter } from "./cursor-order.ts";
import { type FeedFilter, type LocalFilter, localFilter } from "./feed-filter.ts";
import { CONNECTING, type FeedState } from "./feed-state.ts";

/** How many events wait for a listener; one that is slower catches up by pages. */
const MAX_QUEUED = 256;
const PAGE_SIZE = 100;
/** At least so long between two catch-ups, which a filter that only the server can apply needs for each step. */
const CATCH_UP_INTERVAL_MS = 250;

/** What a listener needs of its feed. */
export interface ListenedFeed {
  /** Reads a page of the feed. */
  list(
    input: FeedFilter & { after: string; limit: number },
    signal: AbortSignal,
  ): PromiseLike<EventPage>;
  /** A listener has room again. */
  drained(): void;
  /** A listener has come to this position by pages. */
  reached(cursor: string): void;
}

/**
 * One of a feed's listeners, with a position and a bounded queue of its own. `live`: takes steps. `lagging`: ignores
 * them, until its consumer has taken what is queued. `paging`: reads pages, and keeps steps for when it gets there.
 * `new`: until its feed has decided.
 */
export class FeedListener {
  readonly filter: FeedFilter;
  onPresence: ((presence: RequestPresence) => unknown) | undefined;
  /** Up to where it has all events, queued ones included. */
  at: string;
  readonly #feed: ListenedFeed;
  readonly #local: LocalFilter;
  readonly #onState: ((state: FeedState) => unknown) | undefined;
  readonly #queue: ServiceFlowEvent[] = [];
  readonly #steps: [FeedStep, string][] = [];
  #mode: "new" | "live" | "lagging" | "paging" = "new";
  #hasBeenLive = false;
  #state = CONNECTING;
  #wake = () => {};
  #isStopped = false;
  #error: unknown;

  constructor(
    feed: ListenedFeed,
    { after = "now", ...filter }: FeedFilter & { after?: string | undefined },
    onState: ((state: FeedState) => unknown) | undefined,
  ) {
    this.#feed = feed;
    this.filter = filter;
    this.#local = localFilter(filter);
    this.at = after;
    this.#onState = onState;
  }

  /** Whether it can take no more. */
  get isFull(): boolean {
    return (
      this.#mode === "lagging" || Math.max(this.#queue.length, this.#steps.length) >= MAX_QUEUED
    );
  }

  /** Joins a stream that is, or will begin, where this listener is. */
  join(): void {
    this.#mode = "live";
    this.#wake();
  }

  /** Leaves the stream: what it misses is in pages. */
  lag(): void {
    if (this.#mode === "paging") return;
    this.#mode = "lagging";
    this.#wake();
  }

  /** @param remote the filters that the server has applied to the step */
  take(step: FeedStep, remote: string): void {
    if (this.#mode === "paging") {
      if (this.#steps.length < MAX_QUEUED) this.#steps.push([step, remote]);
      else this.#mode = "lagging";
      return;
    }
    if (this.#mode !== "live" || (step.from !== this.at && !isAfter(step.to, this.at))) return;
    const isMissing = step.from !== this.at && isAfter(step.from, this.at);
    const isUndecided = this.#local.remote !== remote && step.event?.serviceRequestId;
    if (isMissing || isUndecided || this.#queue.length >= MAX_QUEUED) {
      this.lag();
      return;
    }
    const { event, to } = step;
    if (event && this.#local.matches(event)) this.#queue.push(event);
    this.at = to;
    this.#wake();
  }

  report(state: FeedState): void {
    this.#hasBeenLive ||= this.#mode === "live" && state.status === "live";
    const isBehind = state.status !== "ended" && !this.#hasBeenLive;
    const seen = isBehind ? { status: CONNECTING.status, error: state.error } : state;
    if (seen.status === this.#state.status && seen.error === this.#state.error) return;
    this.#state = seen;
    if (this.#onState) runHook(this.#onState, seen);
  }

  fail(error: unknown): void {
    this.#error ??= error;
    this.#wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  /** @throws ServiceFlowError that ended the feed, or of a page */
  async *read(signal: AbortSignal, state: () => FeedState): AsyncGenerator<ServiceFlowEvent, void> {
    let pagedAt = Number.NEGATIVE_INFINITY;
    while (!this.#isStopped) {
      const event = this.#queue.shift();
      if (event) {
        if (this.#queue.length === 0) this.#feed.drained();
        yield event;
      } else if (this.#error) {
        throw this.#error;
      } else if (this.#mode === "lagging") {
        const wait = pagedAt + CATCH_UP_INTERVAL_MS - performance.now();
        if (wait > 0) await pause(wait, signal);
        pagedAt = performance.now();
        yield* this.#catchUp(signal, state);
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  async *#catchUp(
    signal: AbortSignal,
    state: () => FeedState,
  ): AsyncGenerator<ServiceFlowEvent, void> {
    this.#mode = "paging";
    this.#feed.drained();
    for (let failures = 0; ; ) {
      let page: EventPage;
      try {
        page = await this.#feed.list({ ...this.filter, after: this.at, limit: PAGE_SIZE }, signal);
      } catch (error) {
        const wasLive = state().status !== "connecting";
        if (!ServiceFlowError.is(error) || !shouldReconnect(error, wasLive)) throw error;
        this.report({ status: "stale", error });
        await pause(retryDelay(failures, error.retryAfterMs), signal);
        failures += 1;
        continue;
      }
      failures = 0;
      for (const event of page.items) {
        this.at = event.cursor;
        yield event;
      }
      this.at = page.nextCursor;
      if (!page.hasMore) break;
    }
    this.#feed.reached(this.at);
    // Steps that were too many are in the pages of the next catch-up.
    const kept = this.#steps.splice(0);
    if (this.#mode !== "paging") return;
    this.#mode = "live";
    for (const [step, remote] of kept) this.take(step, remote);
    this.report(state());
  }
}
