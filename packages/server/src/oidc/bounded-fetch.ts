/** Far beyond any answer of a provider, and little enough to hold. */
const MAX_BYTES = 1_048_576;

/**
 * `fetch`, whose answers end with an error once they are too long.
 * @throws TypeError, as when the server cannot be reached
 */
export async function boundedFetch(
  url: string | URL,
  init: Parameters<typeof fetch>[1],
): Promise<Response> {
  const response = await fetch(url, init);
  if (response.body === null) return response;
  let left = MAX_BYTES;
  const bounded = new TransformStream<Uint8Array, Uint8Array>({
    transform(bytes, controller) {
      left -= bytes.byteLength;
      if (left < 0) controller.error(new TypeError("The answer is too long."));
      else controller.enqueue(bytes);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(bounded), { status, statusText, headers });
}
