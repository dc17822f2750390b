import type { ServiceFlowError } from "../error.ts";

/** One attempt of a call, as a log may show it: no secret is in it, and nothing that somebody typed. */
export interface RequestInfo {
  /** `requests.create`, or `events.subscribe`. */
  operation: string;
  method: "GET" | "POST";
  /** Without its query, which can hold what is searched for. */
  url: string;
  /** Values that are not known to be harmless read `[redacted]`. */
  headers: Readonly<Record<string, string>>;
  /** 1 for the first. */
  attempt: number;
}

/** How one attempt ended. */
export interface ResponseInfo extends RequestInfo {
  /** HTTP status; undefined when no answer came. */
  status: number | undefined;
  requestId: string | undefined;
  /** Until the answer was read, in milliseconds; of a stream, until it began. */
  durationMs: number;
  /** What the attempt ended in; undefined when it succeeded. */
  error: ServiceFlowError | undefined;
  /** After how many milliseconds the call is sent again; undefined when it is not. */
  retryInMs: number | undefined;
}

/** Something that the server will stop to offer. */
export interface DeprecationNotice {
  operation: string;
  /** Since when it has been deprecated, ISO 8601; undefined when the server does not say. */
  since: string | undefined;
  /** When it will stop to work, ISO 8601; undefined when the server does not say. */
  sunset: string | undefined;
  /** Where to read more. */
  link: string | undefined;
  /** All of it in a sentence. */
  message: string;
}

/** Told what the client does, for logs and metrics. What they throw is reported on the console, and changes no call. */
export interface Hooks {
  /** Before each attempt. */
  onRequest?: ((request: RequestInfo) => void) | undefined;
  /** After each attempt, also when no answer came. */
  onResponse?: ((response: ResponseInfo) => void) | undefined;
  /** Once for each operation that the server calls deprecated; a warning on the console by default. */
  onDeprecation?: ((notice: DeprecationNotice) => void) | undefined;
}

const HARMLESS = new Set([
  "accept",
  "content-type",
  "idempotency-key",
  "if-match",
  "last-event-id",
  "traceparent",
  "x-request-id",
]);

/** Headers as a log may show them. */
export function redact(headers: Headers): Record<string, string> {
  const shown: Record<string, string> = {};
  headers.forEach((value, name) => {
    shown[name] = HARMLESS.has(name) ? value : "[redacted]";
  });
  return shown;
}

/** Tells a hook. Logging that fails must not make a call fail that has perhaps been carried out. */
export function tell<Told>(hook: ((told: Told) => void) | undefined, told: Told): void {
  try {
    hook?.(told);
  } catch (error) {
    // biome-ignore lint/suspicious/noConsole: there is nobody else to tell
    console.error("A hook of the ServiceFlow client threw:", error);
  }
}
