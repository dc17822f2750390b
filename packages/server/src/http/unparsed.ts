import { maxHeaderSize } from "node:http";
import { DomainError } from "@serviceflow/domain";

/** What Node's parser says of bytes that it refuses. */
export interface ParserError {
  /** `HPE_INVALID_URL` and others. */
  code?: string;
  /** What came last. */
  rawPacket?: Uint8Array;
}

/** First byte of a TLS handshake. */
const TLS_HANDSHAKE = 0x16;
const KIBIBYTE = 1024;

const HEADERS_TOO_LONG = `The request line and the headers must have at most ${maxHeaderSize / KIBIBYTE} KiB together.`;

/** By the parser's codes: what is wrong, and what to do. */
const HINTS: Readonly<Record<string, string>> = {
  HPE_INVALID_METHOD:
    "The method is unknown. Use GET, HEAD, POST, PATCH, PUT, DELETE or OPTIONS, in capitals.",
  HPE_INVALID_URL:
    "The URL has a character that must be percent-encoded, such as %20 for a space or %C3%BC for ü.",
  HPE_INVALID_VERSION: "The version of HTTP must be 1.1, and each line end with CRLF.",
  HPE_PAUSED_H2_UPGRADE: "The version of HTTP must be 1.1.",
  HPE_INVALID_HEADER_TOKEN:
    "A header has a character that is not allowed: names take no spaces, and values no control characters.",
  HPE_INVALID_CONTENT_LENGTH: "Content-Length must be a number, sent once.",
  HPE_UNEXPECTED_CONTENT_LENGTH:
    "Content-Length must be sent once, and not together with Transfer-Encoding.",
  HPE_INVALID_TRANSFER_ENCODING:
    "Transfer-Encoding must be chunked, and not sent together with Content-Length.",
  HPE_INVALID_CHUNK_SIZE: "A chunk of the body does not begin with its size in hexadecimal.",
  HPE_INVALID_EOF_STATE: "The connection ended before the request was complete.",
};

const NOT_HTTP = "The request is not valid HTTP/1.1.";
const TLS =
  "This port takes HTTP, and the client began with TLS. Use http://, or the proxy's port.";

/** The error of bytes that were refused; null: the connection failed, and there is nothing to answer. */
export function refusalOf({ code = "", rawPacket }: ParserError): DomainError | null {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new DomainError("request_timeout", "The request did not arrive in time.");
  }
  if (!code.startsWith("HPE_")) return null;
  if (code === "HPE_HEADER_OVERFLOW") {
    return new DomainError("headers_too_large", HEADERS_TOO_LONG);
  }
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") {
    return new DomainError("payload_too_large", "The extensions of a chunk are too long.");
  }
  const isTls = rawPacket?.[0] === TLS_HANDSHAKE;
  return new DomainError("malformed_request", isTls ? TLS : (HINTS[code] ?? NOT_HTTP));
}

const REQUEST_LINE = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /;
const MAX_METHOD = 8;

/** The method of a call whose first bytes these are, if it is one; `-`: unknown. */
export function methodIn(rawPacket: Uint8Array | undefined): string {
  const beginning = Buffer.from(rawPacket?.subarray(0, MAX_METHOD) ?? []).toString("latin1");
  return REQUEST_LINE.exec(beginning)?.[1] ?? "-";
}

/** Of nearly all calls; the framework takes exactly these without parsing them. */
const USUAL_HOST = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/;

/** Why a request that could be parsed cannot be served: its Host or its target; null: it can. */
export function addressFault({
  httpVersionMajor,
  httpVersionMinor,
  method,
  url = "",
  rawHeaders,
}: {
  httpVersionMajor: number;
  httpVersionMinor: number;
  method?: string | undefined;
  url?: string | undefined;
  rawHeaders: readonly string[];
}): DomainError | null {
  let host: string | null = null;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length !== 4 || name.toLowerCase() !== "host") continue;
    if (host !== null) return malformed("Host must be sent once.");
    host = rawHeaders[index + 1] as string;
  }
  if (host === null) {
    const needsHost = httpVersionMajor === 1 && httpVersionMinor >= 1;
    if (needsHost) return malformed("Host is missing: HTTP/1.1 requires the header.");
  } else if (!USUAL_HOST.test(host) && !isHost(host)) {
    return malformed("Host must be a name or an address, with a port if need be.");
  }
  if (url.startsWith("/")) {
    return hasBackslash(url)
      ? malformed("A backslash in a path must be percent-encoded: %5C.")
      : null;
  }
  if (isServerWide({ method, url })) return null;
  // A proxy's form of the target names the whole URL.
  if (/^https?:\/\//.test(url) && URL.canParse(url) && !hasBackslash(url)) return null;
  return malformed("The target of a request must be a path that begins with a slash, or a URL.");
}

/** `OPTIONS *` asks what the server can do, at any path. */
export function isServerWide({
  method,
  url,
}: {
  method?: string | undefined;
  url?: string | undefined;
}): boolean {
  return url === "*" && method === "OPTIONS";
}

function hasBackslash(url: string): boolean {
  const at = url.indexOf("\\");
  if (at === -1) return false;
  const query = url.indexOf("?");
  return query === -1 || at < query;
}

/** A host as a URL would have it, which the framework insists on. */
function isHost(text: string): boolean {
  if (/[/?#@\\\s]/.test(text) || !URL.canParse(`http://${text}/`)) return false;
  const { hostname } = new URL(`http://${text}/`);
  const name = text.includes(":") ? text.replace(/:\d+$/, "") : text;
  return hostname !== "" && (hostname.length === text.length || hostname === name.toLowerCase());
}

function malformed(detail: string): DomainError {
  return new DomainError("malformed_request", detail);
}
