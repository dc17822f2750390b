import { ServiceFlowError } from "../error.ts";
import { readChunks } from "../read-chunks.ts";

/** The raw body, byte for byte. Parsing and serializing it again breaks the signature. */
export type RawBody =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>;

/** A `Request`, of whichever implementation, or a raw delivery. */
interface BodySource {
  body?: unknown;
  bodyUsed?: boolean;
  arrayBuffer?: () => Promise<ArrayBuffer>;
}

/**
 * Reads a body up to a size limit.
 * @param declaredLength `Content-Length`; a body that declares too large a size is rejected unread
 * @throws ServiceFlowError `payload_too_large`; `raw_body_required` for a body that is not raw, or was read before
 */
export async function readBody(
  source: BodySource,
  maxBytes: number,
  declaredLength: string | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(declaredLength ?? 0) > maxBytes) throw tooLarge(maxBytes);
  if (wasRead(source)) throw notRaw(WAS_READ);
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Some runtimes have no `body` on a `Request`, and a `Request` without a body has null.
  for await (const chunk of chunksOf(source.body ?? (await source.arrayBuffer?.()))) {
    const bytes = bytesOf(chunk);
    if (!bytes) throw notRaw(describe(chunk));
    size += bytes.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(bytes);
  }
  if (size === 0 && Number(declaredLength ?? 0) > 0) throw notRaw(WAS_READ);
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

const WAS_READ = "was read before it was verified";

/** Whether something has read the body, or is reading it. */
function wasRead({ body, bodyUsed }: BodySource): boolean {
  const { locked, readableDidRead } = (body ?? {}) as {
    locked?: boolean;
    readableDidRead?: boolean;
  };
  return bodyUsed === true || locked === true || readableDidRead === true;
}

function chunksOf(body: unknown): AsyncIterable<unknown> | Iterable<unknown> {
  const bytes = bytesOf(body);
  if (bytes) return [bytes];
  if (typeof body === "object" && body !== null) {
    if ("getReader" in body) return readChunks(body as ReadableStream<unknown>);
    if (Symbol.asyncIterator in body) return body as AsyncIterable<unknown>;
  }
  throw notRaw(describe(body));
}

/** Classes differ between realms, such as Jest's, so this asks for none. */
function bytesOf(body: unknown): Uint8Array | undefined {
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (ArrayBuffer.isView(body)) {
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  }
  if (Object.prototype.toString.call(body) === "[object ArrayBuffer]") {
    return new Uint8Array(body as ArrayBuffer);
  }
  return undefined;
}

function describe(body: unknown): string {
  if (body === undefined || body === null) return "is missing";
  return typeof body === "object" ? "is a parsed object" : `is a ${typeof body}`;
}

function notRaw(what: string): ServiceFlowError {
  return new ServiceFlowError(
    "raw_body_required",
    `The body ${what}. The signature covers the raw bytes: pass them as a string, a Buffer or an unread Request, before any parser reads the body (in Express, put this route before express.json(), or use express.raw({ type: "application/json" }) on it; in Fastify, add a content type parser that leaves the body alone).`,
  );
}

function tooLarge(maxBytes: number): ServiceFlowError {
  return new ServiceFlowError("payload_too_large", `The body exceeds ${maxBytes} bytes.`);
}
