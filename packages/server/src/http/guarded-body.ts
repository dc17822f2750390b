/** A client that reads nothing for so long is cut. */
export const MAX_STALLED_MS = 30_000;
/** How long the client has to read what is in transit when a stream ends. */
const LINGER_MS = 5_000;

/** The source of a streamed body. */
export interface Source {
  /** The next chunk; null at the end. */
  read(): Promise<Uint8Array | null>;
  /** Called once, when nobody reads it any more. */
  leave(): void;
  /** Ends it. */
  signal: AbortSignal;
  /** Whether a body that `signal` ends is incomplete: it breaks off then, so that the client can tell. */
  hasEnd?: boolean;
}

/** The client of a body. */
export interface Client {
  /** Its socket; undefined without one. */
  connection: Connection | undefined;
  /** How long it may read nothing, in milliseconds. */
  maxStalledMs: number;
}

/** The socket under a body. */
export interface Connection {
  /** Bytes that the client has not accepted yet. */
  readonly writableLength?: number;
  destroy(): void;
}

/**
 * A body with backpressure: a slow client holds one chunk in memory and lags. A client that reads nothing loses its
 * connection, also when it leaves the last bytes unread after the end.
 */
export function guardedBody(
  { read, leave, signal, hasEnd = false }: Source,
  { connection, maxStalledMs }: Client,
): ReadableStream<Uint8Array> {
  let stalled: NodeJS.Timeout | undefined;
  let left = false;
  let onAbort: () => void = () => {};
  /** Queued chunks would keep the connection of a client that reads nothing. */
  const cut = (controller: ReadableStreamDefaultController<Uint8Array>, reason: unknown) => {
    if (connection) connection.destroy();
    else controller.error(reason);
  };
  const end = () => {
    clearTimeout(stalled);
    signal.removeEventListener("abort", onAbort);
    if (left) return;
    left = true;
    leave();
  };
  const cutIfUnread = () => {
    if ((connection?.writableLength ?? 0) > 0) connection?.destroy();
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      onAbort = () => {
        end();
        if (hasEnd || (controller.desiredSize ?? 0) <= 0) return cut(controller, signal.reason);
        controller.close();
        setTimeout(cutIfUnread, LINGER_MS).unref();
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    },
    async pull(controller) {
      clearTimeout(stalled);
      stalled = undefined;
      try {
        const piece = await read();
        if (left) return;
        if (piece === null) {
          end();
          controller.close();
          return;
        }
        controller.enqueue(piece);
        stalled = setTimeout(() => {
          end();
          cut(controller, new Error("The client reads nothing."));
        }, maxStalledMs);
        stalled.unref();
      } catch (error) {
        if (left) return;
        end();
        controller.error(error);
      }
    },
    cancel: end,
  });
}
