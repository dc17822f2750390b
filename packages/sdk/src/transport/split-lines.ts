/** Splits text that comes in pieces into its lines, without their breaks. A last line needs none. */
export async function* splitLines(
  pieces: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces) {
    rest += typeof piece === "string" ? piece : decoder.decode(piece, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}

/** The pieces of a stream, read one by one; leaving early cancels it. Not every browser can iterate over one. */
export async function* readPieces<Piece>(
  stream: ReadableStream<Piece>,
  read: (
    next: () => Promise<ReadableStreamReadResult<Piece>>,
  ) => Promise<ReadableStreamReadResult<Piece>> = (next) => next(),
): AsyncGenerator<Piece> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await read(() => reader.read());
      if (done) {
        ended = true;
        return;
      }
      yield value;
    }
  } finally {
    // A stream that has failed cannot be cancelled, and need not be.
    if (!ended) reader.cancel().catch(() => {});
  }
}
