import type { ServiceFlowEvent } from "@serviceflow/domain";

/** Events on their way to a function. */
export interface EventSubscription {
  /** `cursor` of the last event that the function is done with: give it as `after` to go on behind it. */
  readonly cursor: string | undefined;
  /** Resolves when the subscription was closed, and rejects with what ended it otherwise. */
  readonly closed: Promise<void>;
  /** Hands over no further event. */
  close(): void;
}

/** Hands one event after the other to a function, until it is closed. */
export function handEvents<Event extends Pick<ServiceFlowEvent, "cursor">>(
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
