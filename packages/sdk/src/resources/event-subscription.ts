import type { ServiceFlowEvent } from "@serviceflow/domain";

/** A running subscription that passes events to a handler. */
export interface EventSubscription {
  /** `cursor` of the last event that was handled. Pass it as `after` to resume. */
  readonly cursor: string | undefined;
  /** Resolves once the subscription is closed or aborted; rejects with the error that ended it. */
  readonly closed: Promise<void>;
  /** Stops the subscription. No further event is handled. */
  close(): void;
}

/** Passes events to the handler one at a time until the subscription is closed. */
export function handleEvents<Event extends Pick<ServiceFlowEvent, "cursor">>(
  open: (signal: AbortSignal) => AsyncIterable<Event>,
  handler: (event: Event) => unknown,
  signal: AbortSignal | undefined,
  after: string | undefined,
): EventSubscription {
  const ended = new AbortController();
  const close = () => ended.abort();
  let cursor = after;

  async function run(): Promise<void> {
    try {
      for await (const event of open(ended.signal)) {
        await handler(event);
        cursor = event.cursor;
        if (ended.signal.aborted) return;
      }
    } catch (error) {
      if (!ended.signal.aborted) throw error;
    } finally {
      signal?.removeEventListener("abort", close);
    }
  }

  if (signal?.aborted) close();
  else signal?.addEventListener("abort", close, { once: true });
  const closed = run();
  return {
    get cursor() {
      return cursor;
    },
    closed,
    close,
  };
}
