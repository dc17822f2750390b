import type { RequestPresence, ServiceFlowEvent } from "@serviceflow/domain";
import type { FeedState } from "../feed/feed-state.ts";
import { runHook } from "../run-hook.ts";
import type { CallOptions } from "../transport/call-options.ts";

/** A running subscription that passes events to a handler. */
export interface EventSubscription {
  /** `cursor` of the last event that was handled. Pass it as `after` to resume. */
  readonly cursor: string | undefined;
  /** Resolves once the subscription is closed or aborted; rejects with the error that ended it. */
  readonly closed: Promise<void>;
  /** Stops the subscription. No further event is handled. */
  close(): void;
}

/** Options of `events.subscribe`. */
export interface SubscribeOptions extends CallOptions {
  /** Called when the subscription goes live, stale (the SDK is reconnecting) and live again, and when an error ends it. */
  onState?: ((state: FeedState) => unknown) | undefined;
  /**
   * Called when somebody comes to a request, leaves it or does something else there, as long as this key or session follows
   * its presence, as `enterRequest` of `@serviceflow/sdk/presence` does.
   */
  onPresence?: ((presence: RequestPresence) => unknown) | undefined;
}

/** Options of `events.on`. */
export interface SubscriptionOptions extends SubscribeOptions {
  /**
   * Called with the error that ended the subscription. By default prints it to the console, unless the program has read
   * `closed` to wait for it. The error never becomes an unhandled rejection, which would end the process.
   */
  onError?: ((error: unknown) => void) | undefined;
}

/** Passes events to the handler one at a time until the subscription is closed. */
export function handleEvents<Event extends Pick<ServiceFlowEvent, "cursor">>(
  events: AsyncGenerator<Event, void, undefined>,
  handler: (event: Event) => unknown,
  { signal, onError }: SubscriptionOptions,
  after: string | undefined,
): EventSubscription {
  let cursor = after;
  let isClosed = false;
  let isAwaited = false;

  async function run(): Promise<void> {
    try {
      for await (const event of events) {
        await handler(event);
        cursor = event.cursor;
      }
    } catch (error) {
      if (!isClosed && !signal?.aborted) throw error;
    }
  }

  const closed = run();
  closed.catch((error: unknown) => {
    if (onError) runHook(onError, error);
    // Of a test server, which the program closes itself.
    else if (!isAwaited && (error as { code?: unknown }).code !== "server_closed") report(error);
  });
  return {
    get cursor() {
      return cursor;
    },
    get closed() {
      isAwaited = true;
      return closed;
    },
    close() {
      isClosed = true;
      void events.return();
    },
  };
}

function report(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: by default the end of a subscription must not go unnoticed
  console.error("A ServiceFlow event subscription ended:", error);
}
