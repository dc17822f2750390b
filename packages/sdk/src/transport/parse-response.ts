import { type Problem, parseRetryAfter } from "@serviceflow/domain";
import { ServiceFlowError } from "../error.ts";
import { isTransientStatus } from "./retry-policy.ts";

/** A response whose body has been read. */
export interface ReadResponse {
  status: number;
  headers: Headers;
  text: string;
}

/**
 * Returns the procedure's result. Errors arrive in tRPC's shape or, if the request never reached tRPC, as an RFC 9457
 * body. A proxy in between can send anything.
 * @throws ServiceFlowError
 */
export function parseResponse(response: ReadResponse, now: number): unknown {
  const { status, text } = response;
  const body = parseJson(text);
  if (status >= 200 && status < 300 && isObject(body) && isObject(body.result)) {
    return body.result.data;
  }
  throw findFailure(response, now);
}

/** The error that a failed response stands for. */
export function findFailure(
  { status, headers, text }: ReadResponse,
  now: number,
): ServiceFlowError {
  const body = parseJson(text);
  const problem = findProblem(body);
  const facts = {
    status,
    requestId: problem?.requestId || headers.get("x-request-id") || undefined,
    retryAfterMs: parseRetryAfter(headers.get("retry-after"), now),
  };
  if (problem) {
    const { code, detail, retryable, errors } = problem;
    return new ServiceFlowError(code, detail, { ...facts, retryable, errors, problem });
  }
  const isTruncated = status >= 200 && status < 300 && body === undefined && isJson(headers);
  return new ServiceFlowError(
    "invalid_response",
    isTruncated ? "The response is incomplete." : describe(status, headers),
    { ...facts, retryable: isTruncated || isTransientStatus(status) },
  );
}

function isJson(headers: Headers): boolean {
  return /^application\/(.+\+)?json/i.test(headers.get("content-type") ?? "");
}

/** The error with which a stream of events ended. */
export function parseProblem(text: string): ServiceFlowError {
  const problem = findProblem(parseJson(text));
  if (!problem) return new ServiceFlowError("invalid_response", "The stream ended with an error.");
  const { code, detail, status, requestId, retryable, errors } = problem;
  return new ServiceFlowError(code, detail, { status, requestId, retryable, errors, problem });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function findProblem(body: unknown): Problem | undefined {
  if (!isObject(body)) return undefined;
  const data = isObject(body.error) ? body.error.data : undefined;
  const candidate = isObject(data) ? data.problem : body;
  return isProblem(candidate) ? candidate : undefined;
}

function isProblem(value: unknown): value is Problem {
  return (
    isObject(value) &&
    typeof value.code === "string" &&
    typeof value.detail === "string" &&
    typeof value.retryable === "boolean" &&
    Array.isArray(value.errors)
  );
}

// Never quotes the body: a page that echoes the request would put the API key into the message.
function describe(status: number, headers: Headers): string {
  if (status < 200 || (status >= 300 && status < 400)) {
    return "The response is a redirect. Redirects are not followed, to protect the API key. Check baseUrl.";
  }
  const type = headers.get("content-type") ?? "no content type";
  return `The response (${status}, ${type}) did not come from ServiceFlow. Check baseUrl.`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
