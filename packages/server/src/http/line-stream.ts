import { type Client, guardedBody } from "./guarded-body.ts";

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
export async function lineStream(
  answer: LineAnswer,
  client: Client,
): Promise<ReadableStream<Uint8Array>> {
  const { lines, signal } = answer;
  // A refusal comes before the first line, while the answer can still be an error.
  const first = await lines.next().catch((error: unknown) => {
    answer.end();
    throw error;
  });
  let text = first.done ? "" : `${first.value}\n`;
  let isAtEnd = first.done === true;
  const encoder = new TextEncoder();
  return guardedBody(
    {
      signal,
      hasEnd: true,
      async read() {
        while (!isAtEnd && text.length < CHUNK_LENGTH) {
          const line = await lines.next();
          if (line.done) isAtEnd = true;
          else text += `${line.value}\n`;
        }
        const chunk = text;
        text = "";
        return chunk === "" ? null : encoder.encode(chunk);
      },
      leave() {
        answer.end();
        void lines.return(undefined);
      },
    },
    client,
  );
}
