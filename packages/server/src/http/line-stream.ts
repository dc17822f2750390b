import type { WatchedStream } from "../access/key-watch.ts";

/** How much is gathered before it is sent: a chunk for each line would be dear. */
const CHUNK_LENGTH = 64 * 1024;

/** An answer of JSON Lines. `signal` ends it in the middle, so that the client sees that it is not whole. */
export interface LineAnswer extends WatchedStream {
  lines: AsyncGenerator<string>;
}

/** JSON Lines as a body, read only as fast as the client takes them. */
export async function lineStream(answer: LineAnswer): Promise<ReadableStream<Uint8Array>> {
  const { lines, signal } = answer;
  // Whatever refuses the call does so before the first line, while there can still be an error.
  const first = await lines.next().catch((error: unknown) => {
    answer.end();
    throw error;
  });
  let waiting = first.done ? null : `${first.value}\n`;
  const encoder = new TextEncoder();
  let stop: () => void = () => {};
  const end = () => {
    signal.removeEventListener("abort", stop);
    answer.end();
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      stop = () => controller.error(signal.reason);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    },
    async pull(controller) {
      let chunk = waiting ?? "";
      waiting = null;
      try {
        while (chunk.length < CHUNK_LENGTH) {
          const line = await lines.next();
          if (signal.aborted) return;
          if (line.done) {
            end();
            if (chunk !== "") controller.enqueue(encoder.encode(chunk));
            controller.close();
            return;
          }
          chunk += `${line.value}\n`;
        }
        controller.enqueue(encoder.encode(chunk));
      } catch (error) {
        end();
        if (!signal.aborted) controller.error(error);
      }
    },
    async cancel() {
      end();
      await lines.return(undefined);
    },
  });
}
