import type { DomainError } from "@serviceflow/domain";
import { isUnavailable } from "../db/failure.ts";
import { CodedBody } from "./body.ts";
import { type CallReference, toProblem } from "./problem.ts";

const RETRY_AFTER_SECONDS = { unavailable: "1", overloaded: "5", query_timeout: "60" };
/** A database that takes over needs some seconds, and a client repeats a call only a few times. */
const DATABASE_AWAY_SECONDS = "5";

/** A call that gets an error. */
export interface RefusedCall extends CallReference {
  responseHeaders: Record<string, string>;
  lines: { code: string | undefined };
}

/** An error as `application/problem+json`, with the headers that belong to its status. */
export function problemResponse(
  error: DomainError,
  call: RefusedCall,
  headers: Record<string, string> = {},
): Response {
  call.lines.code = error.code;
  const answer = {
    ...call.responseHeaders,
    ...errorHeaders(error),
    ...headers,
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  };
  return new Response(JSON.stringify(toProblem(error, call)), {
    status: error.status,
    headers: answer,
  });
}

const CHALLENGES = 'ApiKey realm="ServiceFlow", header="X-API-Key", Bearer realm="ServiceFlow"';

/** Headers that go with an error over either transport. */
export function errorHeaders(error: DomainError): Record<string, string> {
  switch (error.code) {
    case "unauthenticated":
      return { "www-authenticate": CHALLENGES };
    case "unavailable":
      return {
        "retry-after": isUnavailable(error.cause)
          ? DATABASE_AWAY_SECONDS
          : RETRY_AFTER_SECONDS.unavailable,
      };
    case "unsupported_media_type":
      // What the bodies of calls may be coded in (RFC 7694): nothing.
      return error.cause instanceof CodedBody ? { "accept-encoding": "identity" } : {};
    case "overloaded":
    case "query_timeout":
      return { "retry-after": RETRY_AFTER_SECONDS[error.code] };
    default:
      return {};
  }
}
