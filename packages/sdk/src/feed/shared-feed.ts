import type { RequestPresence } from "@serviceflow/domain";
import { ServiceFlowError } from "../error.ts";
import type { FeedStep } from "../transport/event-stream.ts";
import { whenAborted } from "../transport/when-aborted.ts";
import type { FeedState } from "./feed-state.ts";

/** Followers ask a leader that has said nothing for so long, though it passes on a heartbeat every 8 s. */
const MAX_SILENCE_MS = 10_000;
/** A leader that does not answer by then is frozen or hangs, and loses its place. */
const MAX_ANSWER_MS = 1_000;

/** What the leader says. */
export type FeedMessage =
  | { step: FeedStep }
  | { state: FeedState }
  | { presence: RequestPresence }
  | { ended: ServiceFlowError };

/** One of the tabs that share a stream. */
export interface SharingTab {
  /** For a tab that has just come. */
  greeting(): FeedMessage[];
  receive(message: FeedMessage): void;
  /** Holds the stream, and publishes what it says, until the signal aborts or the stream ends. */
  lead(signal: AbortSignal, publish: (message: FeedMessage) => void): Promise<void>;
}

/** Whether this is a page or worker of a browser that can share. Without HTTPS, browsers have no locks. */
export function canShare(): boolean {
  return (
    globalThis.isSecureContext === true &&
    globalThis.navigator?.locks !== undefined &&
    typeof BroadcastChannel === "function"
  );
}

/** A name that tells nothing of what it is made of. */
export async function sharedName(identity: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(identity));
  const hex = Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0"));
  // The number is that of the messages: tabs with another version of them do not share.
  return `serviceflow-events-2-${hex.join("")}`;
}

/**
 * Shares one stream between tabs: who holds the lock leads, and passes on what the stream says. When the leader's tab is
 * closed, the browser gives the lock to the next. A page that is frozen or kept for "back" gives it up before.
 * @returns a promise that resolves when the signal has aborted and a stream of this tab is closed
 */
export function shareFeed(name: string, signal: AbortSignal, tab: SharingTab): Promise<void> {
  let leave = join(name, tab);
  let isSuspended = false;
  const suspend = () => {
    isSuspended = true;
    void leave();
  };
  const resume = () => {
    if (isSuspended) leave = join(name, tab);
    isSuspended = false;
  };
  const page = globalThis.document as Document | undefined;
  const listeners: [EventTarget | undefined, string, () => void][] = [
    [page, "freeze", suspend],
    [page, "resume", resume],
    [page && globalThis, "pagehide", suspend],
    [page && globalThis, "pageshow", resume],
  ];
  for (const [target, type, listener] of listeners) target?.addEventListener(type, listener);
  return new Promise((resolve) => {
    whenAborted(signal, () => {
      for (const [target, type, listener] of listeners) target?.removeEventListener(type, listener);
      resolve(leave());
    });
  });
}

/** @returns a function that leaves the others, and resolves when a stream of this tab is closed */
function join(name: string, tab: SharingTab): () => Promise<void> {
  const channel = new BroadcastChannel(name);
  const left = new AbortController();
  let waiting = new AbortController();
  let leading: AbortController | undefined;
  let led: Promise<void> = Promise.resolve();
  let timer: ReturnType<typeof setTimeout>;

  const post = (message: object) => {
    if (!left.signal.aborted) channel.postMessage(message);
  };
  const publish = (message: FeedMessage) => post(toData(message));

  async function lead(): Promise<void> {
    if (left.signal.aborted) return;
    const own = new AbortController();
    leading = own;
    clearTimeout(timer);
    for (const message of tab.greeting()) publish(message);
    led = tab.lead(own.signal, publish);
    await led;
    if (leading === own) leading = undefined;
  }

  function queue(options: LockOptions): void {
    navigator.locks.request(name, options, lead).catch(() => {
      // Another tab has taken the lock away, or this one has given up waiting.
      if (options.signal?.aborted || left.signal.aborted) return;
      leading?.abort();
      leading = undefined;
      wait();
    });
  }

  function wait(): void {
    waiting = new AbortController();
    queue({ signal: waiting.signal });
    listen();
  }

  function listen(): void {
    clearTimeout(timer);
    if (leading || left.signal.aborted) return;
    timer = setTimeout(() => {
      post({ hello: true });
      timer = setTimeout(() => {
        waiting.abort();
        queue({ steal: true });
      }, MAX_ANSWER_MS);
    }, MAX_SILENCE_MS);
  }

  channel.onmessage = ({ data }) => {
    if ("hello" in data) {
      if (leading) for (const message of tab.greeting()) publish(message);
      return;
    }
    listen();
    // What a leader that has lost its place still says is known, or comes again.
    if (!leading) tab.receive(fromData(data));
  };
  wait();
  post({ hello: true });
  return () => {
    if (!left.signal.aborted) {
      left.abort();
      leading?.abort();
      waiting.abort();
      clearTimeout(timer);
      channel.close();
    }
    return led;
  };
}

/** Errors are copied by their fields: a structured clone loses those of a subclass. */
function toData(message: FeedMessage): object {
  if ("ended" in message) return { ended: toFields(message.ended) };
  if (!("state" in message)) return message;
  const { status, error } = message.state;
  return { state: { status, error: error && toFields(error) } };
}

function toFields(error: ServiceFlowError): object {
  const { code, detail, status, requestId, retryable, errors, retryAfterMs, problem } = error;
  return { code, detail, status, requestId, retryable, errors, retryAfterMs, problem };
}

function fromData(data: object): FeedMessage {
  if ("ended" in data) return { ended: toError(data.ended) };
  if (!("state" in data)) return data as FeedMessage;
  const { status, error } = data.state as FeedState;
  return { state: { status, error: error && toError(error) } };
}

function toError(fields: unknown): ServiceFlowError {
  const { code, detail, ...options } = fields as ServiceFlowError;
  return new ServiceFlowError(code, detail, options);
}
