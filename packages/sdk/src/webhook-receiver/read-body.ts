import { ServiceFlowError } from "../error.ts";
import { readPieces } from "../transport/lines.ts";

/**
 * The bytes of a body, no more than are allowed of it.
 * @param declaredLength what `Content-Length` says: a body that admits to be too large is not read
 * @throws ServiceFlowError `payload_too_large`
 */
export async function readBody(
  body: string | Uint8Array | ReadableStream<Uint8Array>,
  mostBytes: number,
  declaredLength: string | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(declaredLength ?? 0) > mostBytes) throw tooLarge(mostBytes);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of piecesOf(body)) {
    size += piece.length;
    if (size > mostBytes) throw tooLarge(mostBytes);
    pieces.push(piece);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

async function* piecesOf(
  body: string | Uint8Array | ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (typeof body === "string") yield new TextEncoder().encode(body);
  else if (body instanceof Uint8Array) yield body;
  else yield* readPieces(body);
}

function tooLarge(mostBytes: number): ServiceFlowError {
  return new ServiceFlowError("payload_too_large", `A body can have ${mostBytes} bytes.`);
}
