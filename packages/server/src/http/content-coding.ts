import { promisify } from "node:util";
import { brotliCompress, brotliCompressSync, constants, gzip, gzipSync } from "node:zlib";

/** In the order of preference among equals: at these levels gzip is as small as Brotli and takes less CPU. */
const CODINGS = ["gzip", "br"] as const;

export type ContentCoding = (typeof CODINGS)[number];

/** Shorter answers fit into one packet anyway. */
const MIN_BYTES = 1_024;
/** Up to that length a coding takes less of this thread than handing it to another one does. */
const SYNC_LENGTH = 64 * 1_024;
const GZIP_LEVEL = 1;
const BROTLI_QUALITY = 2;

const MAX_KEPT = 100;
type Preference = readonly ContentCoding[];
/** By the order of preference. Clients send few different headers. */
const kept = new Map<Preference, Map<string, ContentCoding | null>>();

/**
 * The coding that an `Accept-Encoding` asks for; null: none.
 * @param codings in the order of preference among equals
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding
 */
export function acceptedCoding(
  acceptEncoding: string | null,
  codings: Preference = CODINGS,
): ContentCoding | null {
  if (acceptEncoding === null) return null;
  const known = kept.get(codings) ?? new Map<string, ContentCoding | null>();
  kept.set(codings, known);
  let coding = known.get(acceptEncoding);
  if (coding === undefined) {
    coding = chooseCoding(acceptEncoding, codings);
    if (known.size < MAX_KEPT) known.set(acceptEncoding, coding);
  }
  return coding;
}

function chooseCoding(acceptEncoding: string, codings: Preference): ContentCoding | null {
  const qualities = new Map<string, number>();
  for (const range of acceptEncoding.toLowerCase().split(",")) {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim());
    const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    qualities.set(
      name === "x-gzip" ? "gzip" : name,
      quality === undefined ? 1 : Number(quality) || 0,
    );
  }
  const any = qualities.get("*") ?? 0;
  let best: ContentCoding | null = null;
  let most = qualities.get("identity") ?? 0;
  for (const coding of codings) {
    const quality = qualities.get(coding) ?? any;
    if (quality > most || (quality === most && quality > 0 && best === null)) {
      best = coding;
      most = quality;
    }
  }
  return best;
}

/** The coding of an answer to a client that sent this `Accept-Encoding`; null: it goes as it is. */
export function codingOf(body: string, acceptEncoding: string | null): ContentCoding | null {
  const coding = acceptedCoding(acceptEncoding);
  if (coding === null) return null;
  return body.length > MIN_BYTES || Buffer.byteLength(body) > MIN_BYTES ? coding : null;
}

type Bytes = Uint8Array<ArrayBuffer>;

const gzipApart = promisify(gzip);
const brotliApart = promisify(brotliCompress);

/** Encodes an answer, quickly rather than well. */
export function encode(body: string, coding: ContentCoding): Bytes | Promise<Bytes> {
  const apart = body.length > SYNC_LENGTH;
  if (coding === "gzip") {
    const options = { level: GZIP_LEVEL };
    return (apart ? gzipApart(body, options) : gzipSync(body, options)) as Bytes | Promise<Bytes>;
  }
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } };
  return (apart ? brotliApart(body, options) : brotliCompressSync(body, options)) as
    | Bytes
    | Promise<Bytes>;
}

/** Encodes what is kept and sent often, well rather than quickly. */
export async function encodeToKeep(
  body: string | Uint8Array,
  coding: ContentCoding,
): Promise<Bytes> {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 6 };
  return (await (coding === "gzip" ? gzipApart(body) : brotliApart(body, { params }))) as Bytes;
}
