/** Lines are gathered up to this length: a chunk for each line is expensive. */
const CHUNK_LENGTH = 64 * 1024;

/** An answer of JSON Lines. */
export interface LineAnswer {
  lines: AsyncGenerator<string>;
  /** Breaks the answer off, so that the client sees that it is incomplete. */
  signal: AbortSignal;
  /** Call it when the answer has ended by itself. */
  end(): void;
}

/** JSON Lines as a body, read only as fast as the client takes them. */
export async function lineStream(answer: LineAnswer): Promise<ReadableStream<Uint8Array>> {
  const { lines, signal } = answer;
  // A refusal comes before the first line, while the answer can still be an error.
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
