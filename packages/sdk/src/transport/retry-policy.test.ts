import type { Problem } from "@serviceflow/domain";
import { describe, expect, it } from "vitest";
import { ServiceFlowError } from "../error.ts";
import { isTransientStatus, retryDelay, shouldReconnect, shouldRetry } from "./retry-policy.ts";

function toProblem(code: string, status: number, retryable: boolean): Problem {
  const type = `urn:serviceflow:error:${code}`;
  return {
    type,
    title: "",
    status,
    detail: "",
    instance: "",
    code,
    requestId: "",
    retryable,
    errors: [],
  };
}

describe("shouldRetry", () => {
  it.each([
    [200, false],
    [302, false],
    [400, false],
    [401, false],
    [404, false],
    [408, true],
    [409, false],
    [412, false],
    [422, false],
    [429, true],
    [500, true],
    [502, true],
    [503, true],
    [504, true],
  ])("status %i: %s", (status, retried) => {
    expect(isTransientStatus(status)).toBe(retried);
    expect(shouldRetry(new ServiceFlowError("x", "", { status }))).toBe(retried);
  });

  it("retries retryable errors regardless of the status", () => {
    const conflict = new ServiceFlowError("write_conflict", "", { status: 409, retryable: true });
    expect(shouldRetry(conflict)).toBe(true);
  });

  it("retries a 500 even if the error is not retryable", () => {
    const failed = new ServiceFlowError("internal_error", "", { status: 500, retryable: false });
    expect(shouldRetry(failed)).toBe(true);
  });

  it.each([
    ["query_timeout", 503, false, false],
    ["from_a_newer_server", 504, false, false],
    ["unavailable", 503, true, true],
    ["internal_error", 500, false, true],
  ])(
    "%s, status %i, retryable %s in the server's problem: %s",
    (code, status, retryable, retried) => {
      const problem = toProblem(code, status, retryable);
      const error = new ServiceFlowError(code, "", { status, retryable, problem });
      expect(shouldRetry(error)).toBe(retried);
      expect(shouldReconnect(error, false)).toBe(true);
    },
  );

  it("reconnects a stream after no other error than those", () => {
    const problem = toProblem("forbidden", 403, false);
    const refused = new ServiceFlowError("forbidden", "", { status: 403, problem });
    for (const wasConnected of [true, false]) {
      expect(shouldReconnect(refused, wasConnected)).toBe(false);
      expect(shouldReconnect(new ServiceFlowError("aborted", ""), wasConnected)).toBe(false);
      expect(shouldReconnect(new ServiceFlowError("invalid_response", ""), wasConnected)).toBe(
        false,
      );
    }
  });

  it.each([0, 200, 302, 401, 403, 404])(
    "reconnects a stream that was connected after a page with status %i of somebody else",
    (status) => {
      const page = new ServiceFlowError("invalid_response", "", { status });
      expect(shouldReconnect(page, true)).toBe(true);
      expect(shouldReconnect(page, false)).toBe(false);
    },
  );
});

describe("retryDelay", () => {
  it.each([
    [0, 250],
    [1, 500],
    [2, 1_000],
    [4, 4_000],
    [5, 8_000],
    [6, 8_000],
    [1_000, 8_000],
  ])("after attempt %i is at most %i ms", (attempt, max) => {
    expect(retryDelay(attempt, undefined, 0)).toBe(0);
    expect(retryDelay(attempt, undefined, 0.5)).toBe(max / 2);
    expect(retryDelay(attempt, undefined, 1)).toBe(max);
  });

  it("is at least Retry-After, up to a minute", () => {
    expect(retryDelay(0, 3_000, 1)).toBe(3_000);
    expect(retryDelay(5, 3_000, 1)).toBe(8_000);
    expect(retryDelay(0, 0, 0.5)).toBe(125);
    expect(retryDelay(0, 3_600_000, 1)).toBe(60_000);
  });
});
