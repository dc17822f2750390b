import type { IncomingMessage } from "node:http";
import { DomainError, invalidField } from "@serviceflow/domain";
import { askForBody } from "./expectation.ts";

/** Larger than any valid input, even with every character escaped. */
export const MAX_BODY_BYTES = 256 * 1024;

const decoder = new TextDecoder("utf-8", { fatal: true });
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/** A call whose body may still be on its way. */
export interface BodySource {
  request: Request;
  header(name: string): string | null;
  /** Undefined without a socket. */
  incoming: IncomingMessage | undefined;
  /** How long the body may take. */
  timeoutMs: number;
}

/** A body in a coding that the server does not decode: what it unpacks to could be of any size. */
export class CodedBody extends Error {
  override readonly name = "CodedBody";
}

/** @throws DomainError `unsupported_media_type` */
export function requireUncoded(coding: string | null): void {
  if (coding === null || /^\s*(identity)?\s*$/i.test(coding)) return;
  throw new DomainError(
    "unsupported_media_type",
    "Send the body without Content-Encoding: compressed bodies are not accepted.",
    { cause: new CodedBody() },
  );
}

/**
 * The fields of a JSON body; none for an empty body.
 * @throws DomainError `payload_too_large`, `request_timeout`, `malformed_request`, `unsupported_media_type`,
 * `malformed_json`, `validation_failed`
 */
export async function readBody(source: BodySource): Promise<[string, unknown][]> {
  const bytes = await readBytes(source);
  if (bytes.length === 0) return [];
  if (!isJsonType(source.header("content-type") ?? "")) {
    throw new DomainError("unsupported_media_type", "Send the body as application/json.");
  }
  const value = parse(decode(bytes));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidField("", "invalid_type", "The body must be a JSON object.");
  }
  return Object.entries(value);
}

/**
 * The text of a body.
 * @throws DomainError `payload_too_large`, `request_timeout`, `malformed_request`, `malformed_json`, `unsupported_media_type`
 */
export async function readText(source: BodySource): Promise<string> {
  return decode(await readBytes(source));
}

/** Whether a `Content-Type` is one of JSON. */
export function isJsonType(contentType: string): boolean {
  return JSON_TYPE.test(contentType);
}

/** @throws DomainError `payload_too_large` */
export function requireAllowedLength(declared: string | null): void {
  if (declared !== null && Number(declared) > MAX_BODY_BYTES) throw tooLarge();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notJson(cause);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw notJson(cause);
  }
}

async function readBytes(source: BodySource): Promise<Uint8Array> {
  const { request, header, incoming, timeoutMs } = source;
  const declared = header("content-length");
  if (declared === "0" || !isThere(source, declared)) return new Uint8Array();
  requireUncoded(header("content-encoding"));
  requireAllowedLength(declared);
  if (incoming) askForBody(incoming);
  // What is known to be short, or is lost already, the framework reads; anything else is counted as it comes.
  const isShort = declared !== null || incoming?.destroyed === true;
  const reading = isShort
    ? request.arrayBuffer().then((buffer) => new Uint8Array(buffer))
    : incoming
      ? readIncoming(incoming)
      : readStream(request.body);
  try {
    return await (incoming?.complete === false ? inTime(reading, timeoutMs) : reading);
  } catch (cause) {
    if (cause instanceof DomainError) throw cause;
    throw new DomainError("malformed_request", "The body did not arrive whole.", { cause });
  }
}

function isThere({ header }: BodySource, declared: string | null): boolean {
  return (
    declared !== null || header("transfer-encoding") !== null || header("content-type") !== null
  );
}

/** Node's own stream: one made for the web could not be left half read without closing the connection. */
function readIncoming(incoming: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const leave = () => {
      incoming.off("data", onData).off("end", onEnd).off("error", onError).off("close", onClose);
      incoming.pause();
    };
    const onData = (chunk: Uint8Array) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) onError(tooLarge());
      else chunks.push(chunk);
    };
    const onEnd = () => {
      leave();
      resolve(Buffer.concat(chunks));
    };
    const onError = (error: Error) => {
      leave();
      reject(error);
    };
    const onClose = () => onError(new Error("The connection was closed."));
    incoming.on("data", onData).on("end", onEnd).on("error", onError).on("close", onClose);
  });
}

async function readStream(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function inTime<T>(reading: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new DomainError(
      "request_timeout",
      `The body must arrive within ${timeoutMs / 1000} s.`,
    );
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}

function notJson(cause: unknown): DomainError {
  return new DomainError("malformed_json", "The body is not valid JSON in UTF-8.", { cause });
}

function tooLarge(): DomainError {
  return new DomainError(
    "payload_too_large",
    `The body must have at most ${MAX_BODY_BYTES} bytes.`,
  );
}
