import type { EventPage, RequestPresence, ServiceFlowEvent } from "@serviceflow/domain";
import { ServiceFlowError } from "../error.ts";
import { runHook } from "../run-hook.ts";
import type { CallOptions } from "../transport/call-options.ts";
import { cancellable } from "../transport/cancellable.ts";
import { type FeedStep, followStream } from "../transport/event-stream.ts";
import type { Sender } from "../transport/sender.ts";
import { whenAborted } from "../transport/when-aborted.ts";
import { isAfter } from "./cursor-order.ts";
import { commonFilter, type FeedFilter, localFilter, same } from "./feed-filter.ts";
import { FeedListener, type ListenedFeed } from "./feed-listener.ts";
import { CONNECTING, type FeedState, LIVE } from "./feed-state.ts";
import { type FeedMessage, shareFeed } from "./shared-feed.ts";

/** A stream that has not come to where a listener is by then moves there, and the others catch up by pages. */
const MOVE_AFTER_MS = 1_000;

export interface FeedOptions {
  sender: Sender;
  list(
    input: FeedFilter & { after: string; limit: number },
    options: CallOptions,
  ): PromiseLike<EventPage>;
  /** The name under which tabs share the stream; undefined: they do not. */
  sharedName?: (() => Promise<string>) | undefined;
  /** Options of the connection and of pages. */
  options?: CallOptions | undefined;
}

/** One stream of events with any number of listeners. It is open as long as it has one. */
export class EventFeed implements ListenedFeed {
  readonly #options: FeedOptions;
  readonly #listeners = new Set<FeedListener>();
  /** Where the stream is. Undefined: it has not been decided where it begins. */
  #position: string | undefined;
  /** The filters of the connection. */
  #filter: FeedFilter = {};
  #state = CONNECTING;
  /** Whether it has been decided where the stream begins. */
  #hasBegun = false;
  #isConfirmed = false;
  #isShared = false;
  /** Ends all that runs for the listeners. */
  #running: AbortController | undefined;
  /** Ends the connection, to open another. */
  #connection: AbortController | undefined;
  #ended: Promise<void> | undefined;
  #onDrained = () => {};
  #onPosition = () => {};
  #moveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Events from the listener's own position on. */
  listen(
    input: FeedFilter & { after?: string | undefined },
    signal: AbortSignal | undefined,
    onState?: ((state: FeedState) => unknown) | undefined,
    onPresence?: ((presence: RequestPresence) => unknown) | undefined,
  ): AsyncGenerator<ServiceFlowEvent, void, undefined> {
    return cancellable((own) => this.#read(input, own, onState, onPresence), signal);
  }

  async *#read(
    input: FeedFilter & { after?: string | undefined },
    signal: AbortSignal,
    onState: ((state: FeedState) => unknown) | undefined,
    onPresence: ((presence: RequestPresence) => unknown) | undefined,
  ): AsyncGenerator<ServiceFlowEvent, void, undefined> {
    const listener = new FeedListener(this, input, (state) => onState?.(state));
    listener.onPresence = onPresence;
    const release = whenAborted(signal, () => listener.stop());
    this.#add(listener);
    try {
      yield* listener.read(signal, () => this.#state);
    } catch (error) {
      if (ServiceFlowError.is(error) && !signal.aborted) {
        listener.report({ status: "ended", error });
      }
      throw error;
    } finally {
      release();
      await this.#remove(listener);
    }
  }

  list(input: FeedFilter & { after: string; limit: number }, signal: AbortSignal) {
    return this.#options.list(input, { ...this.#options.options, signal });
  }

  drained(): void {
    this.#onDrained();
  }

  reached(cursor: string): void {
    if (this.#position === undefined) this.#moveTo(cursor);
    else if (!this.#isShared && isAfter(cursor, this.#position)) {
      this.#moveTimer ??= setTimeout(() => {
        this.#moveTimer = undefined;
        if (this.#position !== undefined && isAfter(cursor, this.#position)) this.#moveTo(cursor);
      }, MOVE_AFTER_MS);
    }
  }

  #moveTo(position: string): void {
    this.#position = position;
    this.#onPosition();
    this.#connection?.abort();
    this.drained();
  }

  #add(listener: FeedListener): void {
    this.#listeners.add(listener);
    if (!this.#running) {
      const running = new AbortController();
      this.#running = running;
      // Those that subscribe in the same turn share the first connection.
      this.#ended = Promise.resolve().then(() => this.#run(running.signal));
    }
    if (!this.#hasBegun) return;
    if (listener.at === this.#position) listener.join();
    else listener.lag();
    listener.report(this.#state);
    this.drained();
    if (this.#connection && !same(this.#wanted(), this.#filter)) this.#connection.abort();
  }

  /** Resolves once the connection is closed, if nobody else listens. */
  async #remove(listener: FeedListener): Promise<void> {
    this.#listeners.delete(listener);
    this.drained();
    if (this.#listeners.size > 0) return;
    this.#close();
    await this.#ended;
  }

  #close(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#connection = undefined;
    this.#position = undefined;
    this.#hasBegun = false;
    this.#isConfirmed = false;
    this.#state = CONNECTING;
    clearTimeout(this.#moveTimer);
    this.#moveTimer = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    try {
      if (signal.aborted) return;
      const name = await this.#options.sharedName?.();
      if (signal.aborted) return;
      this.#isShared = name !== undefined;
      this.#hasBegun = true;
      if (name !== undefined) await this.#share(name, signal);
      else {
        this.#begin();
        await this.#connect(signal, () => {});
      }
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** Decides where the stream begins: where its listeners are, if they are at one place. */
  #begin(): void {
    const starts = [...this.#listeners].map(({ at }) => at);
    this.#position = starts.includes("now") ? "now" : (starts[0] ?? "now");
    for (const listener of this.#listeners) {
      if (listener.at === this.#position) listener.join();
      else listener.lag();
    }
  }

  /** Keeps a connection, and passes on what it says. */
  async #connect(signal: AbortSignal, publish: (message: FeedMessage) => void): Promise<void> {
    while (!signal.aborted) {
      const connection = new AbortController();
      this.#connection = connection;
      const release = whenAborted(signal, () => connection.abort());
      try {
        await followStream(
          this.#options.sender,
          {
            input: () => {
              this.#filter = this.#wanted();
              return { ...this.#filter, after: this.#position ?? "now" };
            },
            onStep: (step) => {
              // Messages that had been read before it was aborted have passed filters of before.
              connection.signal.throwIfAborted();
              publish({ step });
              return this.#receive(step, localFilter(this.#filter).remote);
            },
            onPresence: (presence) => {
              publish({ presence });
              this.#tell(presence);
            },
            onInterrupt: (error) => {
              const status = this.#isConfirmed ? "stale" : "connecting";
              this.#setState({ status, error });
              publish({ state: this.#state });
            },
          },
          { ...this.#options.options, signal: connection.signal },
        );
      } catch (error) {
        if (!connection.signal.aborted && !this.#beginPlainly(error)) throw error;
      } finally {
        release();
      }
    }
  }

  /** A position or filter of one of several listeners that the server refuses concerns that listener alone. */
  #beginPlainly(error: unknown): boolean {
    const isAnswer = ServiceFlowError.is(error) && error.problem !== undefined;
    const isOfInput = isAnswer && ![401, 403, 429].includes(error.status ?? 0);
    const isPlain = this.#position === "now" && same(this.#filter, {});
    if (!isOfInput || this.#isConfirmed || isPlain || this.#listeners.size < 2) return false;
    for (const listener of this.#listeners) listener.lag();
    this.#position = "now";
    return true;
  }

  #wanted(): FeedFilter {
    const filters = [...this.#listeners].map(({ filter }) => filter);
    return this.#isShared ? {} : commonFilter(filters);
  }

  async #receive(step: FeedStep, remote: string): Promise<void> {
    const connection = this.#connection;
    // The stream goes at the pace of its fastest listener. What tabs share waits for none.
    while (!this.#isShared && step.event && this.#areAllFull()) {
      await new Promise<void>((resolve) => {
        this.#onDrained = resolve;
      });
    }
    if (connection !== this.#connection) return;
    this.#position = step.to;
    this.#isConfirmed = true;
    for (const listener of this.#listeners) listener.take(step, remote);
    this.#setState(LIVE);
  }

  #tell(presence: RequestPresence): void {
    for (const { onPresence } of this.#listeners) runHook(onPresence, presence);
  }

  #areAllFull(): boolean {
    return this.#listeners.size > 0 && [...this.#listeners].every(({ isFull }) => isFull);
  }

  #setState(state: FeedState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener.report(state);
  }

  #fail(error: unknown): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    this.#close();
    for (const listener of listeners) listener.fail(error);
  }

  #share(name: string, signal: AbortSignal): Promise<void> {
    for (const listener of this.#listeners) listener.lag();
    return shareFeed(name, signal, {
      greeting: () => [
        ...(this.#position === undefined ? [] : [{ step: heartbeat(this.#position) }]),
        { state: this.#state },
      ],
      receive: (message) => {
        if ("step" in message) void this.#receive(message.step, "");
        else if ("state" in message) this.#setState(message.state);
        else if ("presence" in message) this.#tell(message.presence);
        else this.#fail(message.ended);
      },
      lead: async (leading, publish) => {
        while (this.#position === undefined && !leading.aborted) {
          await new Promise<void>((resolve) => {
            this.#onPosition = resolve;
            whenAborted(leading, resolve);
          });
        }
        try {
          await this.#connect(leading, publish);
        } catch (error) {
          if (leading.aborted) return;
          if (ServiceFlowError.is(error)) publish({ ended: error });
          this.#fail(error);
        }
      },
    });
  }
}

/** Says where the stream is. */
function heartbeat(position: string): FeedStep {
  return { from: position, to: position, event: undefined };
}
