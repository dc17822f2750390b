import type { ServiceFlowError } from "../error.ts";
import type { RestMethod } from "./rest-call.ts";

/** One attempt of a call. Safe to log: contains no secrets and no user input. */
export interface RequestInfo {
  /** The method that was called: `requests.create`, `events.subscribe`; of `sf.request`, `GET /requests/{id}`. */
  operation: string;
  method: RestMethod;
  /** Without the query string, which can contain search terms. */
  url: string;
  /** Values that are not on the allowlist are replaced by `[redacted]`. */
  headers: Readonly<Record<string, string>>;
  /** 1 for the first attempt. */
  attempt: number;
}

/** The outcome of one attempt. */
export interface ResponseInfo extends RequestInfo {
  /** HTTP status; undefined when there was no response. */
  status: number | undefined;
  /** `X-Request-Id` of the call. */
  requestId: string | undefined;
  /** Milliseconds until the response was read; for a stream, until it started. */
  durationMs: number;
  /** Undefined when the attempt succeeded. */
  error: ServiceFlowError | undefined;
  /** Milliseconds until the next attempt, of a stream until it reconnects; undefined when there is none. */
  retryInMs: number | undefined;
}

/** A deprecated operation of the server. */
export interface DeprecationNotice {
  /** The method that was called: `requests.create`. */
  operation: string;
  /** When it was deprecated, ISO 8601; undefined when the server does not say. */
  since: string | undefined;
  /** When it will stop working, ISO 8601; undefined when the server does not say. */
  sunset: string | undefined;
  /** URL of further information. */
  link: string | undefined;
  /** All of the above in one sentence. */
  message: string;
}

/** Callbacks for logs and metrics. An error that a hook throws is printed to the console and does not affect the call. */
export interface Hooks {
  /** Called before each attempt. */
  onRequest?: ((request: RequestInfo) => void) | undefined;
  /** Called after each attempt, also when there was no response. */
  onResponse?: ((response: ResponseInfo) => void) | undefined;
  /** Called once for each deprecated operation. By default prints a warning to the console. */
  onDeprecation?: ((notice: DeprecationNotice) => void) | undefined;
}

const LOGGED_HEADERS = new Set([
  "accept",
  "content-type",
  "idempotency-key",
  "if-match",
  "last-event-id",
  "traceparent",
  "x-request-id",
]);

export function redact(headers: Headers): Record<string, string> {
  const redacted: Record<string, string> = {};
  headers.forEach((value, name) => {
    redacted[name] = LOGGED_HEADERS.has(name) ? value : "[redacted]";
  });
  return redacted;
}
