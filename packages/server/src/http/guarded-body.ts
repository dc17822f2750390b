/** Whoever takes nothing for so long is cut, and goes on behind the last event that came. */
const MAX_STALLED_MS = 30_000;
/** How long the client has to take what is on its way when a stream is ended. */
const LINGER_MS = 5_000;

/** What a stream of no known end is read from. */
export interface Source {
  /** The next piece; null at the end. */
  read(): Promise<Uint8Array | null>;
  /** To be called once, when nobody reads it any more. */
  leave(): void;
  /** Ends it. */
  signal: AbortSignal;
}

/** What a body is sent over. */
export interface Connection {
  /** Bytes that the client has not made room for yet. */
  readonly writableLength?: number;
  destroy(): void;
}

/**
 * A body that is read only as fast as the client takes it: a slow one holds a piece of memory, and falls behind instead.
 * One that takes nothing loses its connection, and so does one that takes nothing more when the stream is ended.
 * @param connection undefined where there is none to be cut
 */
export function guardedBody(
  { read, leave, signal }: Source,
  connection: Connection | undefined,
): ReadableStream<Uint8Array> {
  let stalled: NodeJS.Timeout | undefined;
  let left = false;
  let onAbort: () => void = () => {};
  /** What waits in the queue for a client that takes nothing would keep the connection. */
  const cut = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    if (connection) connection.destroy();
    else controller.error(new Error("The client took nothing."));
  };
  const end = () => {
    clearTimeout(stalled);
    signal.removeEventListener("abort", onAbort);
    if (left) return;
    left = true;
    leave();
  };
  const cutIfUntaken = () => {
    if ((connection?.writableLength ?? 0) > 0) connection?.destroy();
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      onAbort = () => {
        end();
        if ((controller.desiredSize ?? 0) <= 0) return cut(controller);
        controller.close();
        setTimeout(cutIfUntaken, LINGER_MS).unref();
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
          cut(controller);
        }, MAX_STALLED_MS);
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
