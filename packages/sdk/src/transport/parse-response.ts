import type { Problem } from "@serviceflow/domain";
import { ServiceFlowError } from "../error.ts";
import { isTransientStatus, parseRetryAfter } from "./retry.ts";

/** An answer that has been read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/**
 * What the procedure answered. Its errors come in tRPC's shape or, from before tRPC is reached, as an RFC 9457 body;
 * what a proxy in between has to say can be anything.
 * @throws ServiceFlowError
 */
export function parseAnswer({ status, headers, text }: Answer, now: number): unknown {
  const body = parseJson(text);
  if (status >= 200 && status < 300 && isObject(body) && isObject(body.result)) {
    return body.result.data;
  }
  const problem = findProblem(body);
  const facts = {
    status,
    requestId: problem?.requestId || headers.get("x-request-id") || undefined,
    retryAfterMs: parseRetryAfter(headers.get("retry-after"), now),
  };
  if (problem) {
    const { code, detail, retryable, errors } = problem;
    throw new ServiceFlowError(code, detail, { ...facts, retryable, errors, problem });
  }
  throw new ServiceFlowError("invalid_response", describe(status, headers), {
    ...facts,
    retryable: isTransientStatus(status),
  });
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

// What the answer says is left out: a page that echoes the call would bring the API key into the message.
function describe(status: number, headers: Headers): string {
  if (status < 200 || (status >= 300 && status < 400)) {
    return "The answer is a redirect, which is not followed with an API key. Is the baseUrl right?";
  }
  const type = headers.get("content-type") ?? "no content type";
  return `The answer (${status}, ${type}) is not one of ServiceFlow. Is the baseUrl right?`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
