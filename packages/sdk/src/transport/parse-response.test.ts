import type { Problem } from "@serviceflow/domain";
import { describe, expect, it } from "vitest";
import { ServiceFlowError } from "../error.ts";
import { parseResponse } from "./parse-response.ts";

const NOW = Date.parse("2026-03-02T08:00:00Z");

const PROBLEM: Problem = {
  type: "urn:serviceflow:error:validation_failed",
  title: "The input breaks a rule",
  status: 422,
  detail: "/title: It must have 3 to 200 characters.",
  instance: "/trpc/requests.create",
  code: "validation_failed",
  requestId: "req-1",
  retryable: false,
  errors: [{ pointer: "/title", code: "too_short", detail: "It must have 3 to 200 characters." }],
};

function parse(status: number, body: unknown, headers: Record<string, string> = {}): unknown {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return parseResponse({ status, headers: new Headers(headers), text }, NOW);
}

function errorOf(...args: Parameters<typeof parse>): ServiceFlowError {
  try {
    parse(...args);
  } catch (error) {
    if (ServiceFlowError.is(error)) return error;
  }
  throw new Error("Expected a ServiceFlowError.");
}

describe("parseResponse", () => {
  it("returns the result of the procedure", () => {
    expect(parse(200, { result: { data: { id: "SF-1" } } })).toEqual({ id: "SF-1" });
    expect(parse(200, { result: { data: null } })).toBeNull();
    expect(parse(200, { result: {} })).toBeUndefined();
  });

  it.each([
    ["tRPC's shape", { error: { message: "x", code: -32_600, data: { problem: PROBLEM } } }],
    ["an RFC 9457 body", PROBLEM],
  ])("turns a problem in %s into the error", (_shape, body) => {
    const error = errorOf(422, body, { "x-request-id": "another" });
    expect(error).toMatchObject({
      code: "validation_failed",
      detail: PROBLEM.detail,
      status: 422,
      requestId: "req-1",
      retryable: false,
      errors: PROBLEM.errors,
      problem: PROBLEM,
    });
    expect(error.message).toBe(
      "validation_failed: /title: It must have 3 to 200 characters. (request req-1)",
    );
  });

  it("takes the request id from the header if the problem has none", () => {
    expect(errorOf(422, { ...PROBLEM, requestId: "" }, { "x-request-id": "r" }).requestId).toBe(
      "r",
    );
  });

  it("keeps unknown codes", () => {
    const error = errorOf(409, { ...PROBLEM, status: 409, code: "brand_new", retryable: true });
    expect(error).toMatchObject({ code: "brand_new", status: 409, retryable: true });
  });

  it("parses Retry-After", () => {
    const error = errorOf(503, { ...PROBLEM, code: "unavailable" }, { "retry-after": "2" });
    expect(error.retryAfterMs).toBe(2_000);
  });

  it.each([
    ["a proxy's page", 502, "<html><h1>Bad Gateway</h1></html>", true],
    ["an empty body", 503, "", true],
    ["a rate limiter in front", 429, "slow down", true],
    ["a web page", 200, "<!doctype html>", false],
    ["JSON of another API", 200, { status: "ok" }, false],
    ["truncated JSON", 200, '{"result":{"data":{"id":"SF', false],
    ["a foreign problem", 400, { type: "about:blank", title: "Bad Request", status: 400 }, false],
    ["a foreign tRPC error", 404, { error: { message: "x", code: -32_004, data: {} } }, false],
    ["a list", 200, [], false],
    ["null", 500, null, true],
    ["a result with an error status", 500, { result: { data: 1 } }, true],
  ])("rejects %s as invalid_response", (_what, status, body, retryable) => {
    const error = errorOf(status, body, { "content-type": "text/html", "x-request-id": "r" });
    expect(error).toMatchObject({ code: "invalid_response", status, retryable, requestId: "r" });
    expect(error.problem).toBeUndefined();
  });

  it.each([0, 301, 302, 307, 308])("does not follow a redirect (%i)", (status) => {
    expect(errorOf(status, "").message).toMatch(/^invalid_response: The response is a redirect/);
  });

  it("does not quote the body, which may echo the API key", () => {
    const error = errorOf(502, "X-API-Key: sf_secret", { "content-type": "text/plain" });
    expect(JSON.stringify(error) + error.message + error.stack).not.toContain("sf_secret");
  });

  it.each([
    [200, "application/json", "", true],
    [201, "application/json; charset=utf-8", '{"result":{"da', true],
    [200, "application/problem+json", "{", true],
    [404, "application/json", "{", false],
    [200, "text/html", "<html>", false],
    [200, "application/json", "{}", false],
  ])("of status %i, type %s and text %j is retryable: %s", (status, type, text, retryable) => {
    const error = errorOf(status, text, { "content-type": type });
    expect(error).toMatchObject({ code: "invalid_response", status, retryable });
  });
});
