/** Reads a stream chunk by chunk and cancels it on early exit. Safari cannot iterate over a `ReadableStream`. */
export async function* readChunks<Chunk>(
  stream: ReadableStream<Chunk>,
  read: (
    next: () => Promise<ReadableStreamReadResult<Chunk>>,
  ) => Promise<ReadableStreamReadResult<Chunk>> = (next) => next(),
): AsyncGenerator<Chunk> {
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
    // Cancelling a failed stream rejects with the same failure.
    if (!ended) reader.cancel().catch(() => {});
  }
}
