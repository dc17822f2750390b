import { DomainError, ERRORS, type ErrorCode } from "@serviceflow/domain";
import { problem } from "@serviceflow/domain/contract";
import { z } from "zod";
import type { ZodOpenApiExampleObject, ZodOpenApiResponseObject } from "zod-openapi";
import { toProblem } from "../http/problem.ts";
import { toPascalCase } from "./document-names.ts";

/** Components of the document that operations reference. */

function requestHeader(id: string, description: string, example: string) {
  return z.string().max(255).optional().meta({ description, example, param: { id } });
}

export const REQUEST_HEADERS = {
  "Idempotency-Key": requestHeader(
    "IdempotencyKey",
    "Identifies this call, so that a retry is not executed twice. Kept for a day. A call that ends its own API key can be retried with it for a minute.",
    "8e03978e-40d5-43dd-bc93-6894a57f9324",
  ),
  "Dry-Run": requestHeader(
    "DryRun",
    "`true`: decide and answer as otherwise, but write nothing. The id of what would be new is `SF-0`, or all zeros after its prefix; a new secret is empty.",
    "true",
  ),
  "If-Match": requestHeader(
    "IfMatch",
    "Execute only if the version is unchanged: the ETag as it was read, or the version alone, in quotes.",
    '"3"',
  ),
  "If-None-Match": requestHeader(
    "IfNoneMatch",
    "Answer 304 if the answer is unchanged: the ETag as it was read.",
    '"3-47DEQpj8HBSa-_TImW-5JC"',
  ),
  "Last-Event-ID": requestHeader(
    "LastEventId",
    "The last received `id`: the stream resumes after it.",
    "AAAAAAAABBKfhtCBiExlnQ",
  ),
};

function header(description: string, example: string) {
  return { description, schema: { type: "string" as const, examples: [example] } };
}

export const HEADERS = {
  "X-Request-Id": header(
    "Id of the call, made by the server. The audit log keeps the one from the request beside it.",
    "0199f3b0-5c1e-7e0a-9d58-7d3a9a2f6a10",
  ),
  ETag: header(
    "The version, and a hash of the whole answer, which can change without a new version.",
    '"3-47DEQpj8HBSa-_TImW-5JC"',
  ),
  Link: header('The next page, `rel="next"`.', '</api/v1/requests?cursor=AZzg>; rel="next"'),
  Location: header("Path of the created resource.", "/api/v1/requests/SF-1031"),
  "Idempotent-Replayed": header(
    "`true` when the answer is that of an earlier call. Errors never have it: they are not kept, and a call that is sent again is decided again.",
    "true",
  ),
  "Dry-Run": header("`true` when nothing was written, as the call had asked.", "true"),
  "WWW-Authenticate": header(
    "How to authenticate.",
    'ApiKey realm="ServiceFlow", header="X-API-Key", Bearer realm="ServiceFlow"',
  ),
  RateLimit: header(
    "The quotas left for the API key and for its user: `r` calls; they reset after `t` seconds.",
    '"key";r=1180;t=42, "user";r=5980;t=42',
  ),
  "RateLimit-Policy": header(
    "The quotas of the API key and of its user with all their keys: `q` calls in `w` seconds.",
    '"key";q=1200;w=60, "user";q=6000;w=60',
  ),
  "Retry-After": {
    description: "Seconds to wait before a retry.",
    schema: { type: "integer" as const, minimum: 0, examples: [1] },
  },
};
export type HeaderName = keyof typeof HEADERS;

export function headerRefs(...names: HeaderName[]) {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

const CALL = {
  path: "/api/v1/requests/SF-1031",
  requestId: "0199f3b0-5c1e-7e0a-9d58-7d3a9a2f6a10",
};

/** Each error as a problem document. */
const EXAMPLES = Object.fromEntries(
  Object.entries(ERRORS).map(([code, { title }]) => {
    const value = toProblem(new DomainError(code as ErrorCode, title), CALL);
    return [code, { id: code, summary: title, value }];
  }),
) as Record<ErrorCode, ZodOpenApiExampleObject>;

const OF_KNOWN_CALLERS = ["RateLimit", "RateLimit-Policy", "Dry-Run"] as const;
const RETRY: HeaderName[] = ["Retry-After", ...OF_KNOWN_CALLERS];
const HEADERS_OF: Partial<Record<ErrorCode, HeaderName[]>> = {
  unauthenticated: ["WWW-Authenticate"],
  rate_limited: RETRY,
  query_timeout: RETRY,
  overloaded: RETRY,
  unavailable: RETRY,
};
/** Answers with more codes than this are not shared. */
const MAX_CODES_SHARED = 2;
const responses = new Map<string, ZodOpenApiResponseObject>();

/** The response for errors of one status: the same object for the same codes. */
export function errorResponse(codes: readonly ErrorCode[]): ZodOpenApiResponseObject {
  const id = codes.map(toPascalCase).join("Or");
  const known = responses.get(id);
  if (known) return known;
  const headers = codes.flatMap((code) => HEADERS_OF[code] ?? OF_KNOWN_CALLERS);
  const response: ZodOpenApiResponseObject = {
    ...(codes.length <= MAX_CODES_SHARED ? { id } : {}),
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join(" "),
    headers: headerRefs("X-Request-Id", ...new Set(headers)),
    content: {
      "application/problem+json": {
        schema: problem,
        examples: Object.fromEntries(codes.map((code) => [code, EXAMPLES[code]])),
      },
    },
  };
  responses.set(id, response);
  return response;
}
