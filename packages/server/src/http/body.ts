import { DomainError, invalidField } from "@serviceflow/domain";

/** Larger than any valid input, even with every character escaped. */
export const MAX_BODY_BYTES = 256 * 1024;

const decoder = new TextDecoder("utf-8", { fatal: true });
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/**
 * The fields of a JSON body; none for an empty body.
 * @throws DomainError `payload_too_large`, `unsupported_media_type`, `malformed_json`, `validation_failed`
 */
export async function readBody(
  request: Request,
  header: (name: string) => string | null,
): Promise<[string, unknown][]> {
  const bytes = await readBytes(request, header);
  if (bytes.length === 0) return [];
  if (!JSON_TYPE.test(header("content-type") ?? "")) {
    throw new DomainError("unsupported_media_type", "Send the body as application/json.");
  }
  const value = parse(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidField("", "invalid_type", "The body must be a JSON object.");
  }
  return Object.entries(value);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw new DomainError("malformed_json", "The body is not valid JSON in UTF-8.", { cause });
  }
}

async function readBytes(
  request: Request,
  header: (name: string) => string | null,
): Promise<Uint8Array> {
  const declared = header("content-length");
  if (declared !== null) {
    if (Number(declared) > MAX_BODY_BYTES) throw tooLarge();
    return declared === "0" ? new Uint8Array() : new Uint8Array(await request.arrayBuffer());
  }
  if (header("transfer-encoding") === null && header("content-type") === null) {
    return new Uint8Array();
  }
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export function tooLarge(): DomainError {
  return new DomainError(
    "payload_too_large",
    `The body must have at most ${MAX_BODY_BYTES} bytes.`,
  );
}
