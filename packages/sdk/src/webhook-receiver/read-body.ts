import { ServiceFlowError } from "../error.ts";
import { readChunks } from "../read-chunks.ts";

/**
 * Reads a body up to a size limit.
 * @param declaredLength `Content-Length`; a body that declares too large a size is rejected unread
 * @throws ServiceFlowError `payload_too_large`
 */
export async function readBody(
  body: string | Uint8Array | ReadableStream<Uint8Array>,
  maxBytes: number,
  declaredLength: string | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(declaredLength ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(body)) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

async function* chunksOf(
  body: string | Uint8Array | ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (typeof body === "string") yield new TextEncoder().encode(body);
  else if (body instanceof Uint8Array) yield body;
  else yield* readChunks(body);
}

function tooLarge(maxBytes: number): ServiceFlowError {
  return new ServiceFlowError("payload_too_large", `The body exceeds ${maxBytes} bytes.`);
}
