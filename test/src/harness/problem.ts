import { ERRORS, type ErrorCode } from "@serviceflow/domain";
import { expect } from "vitest";
import type { Answer } from "./test-app.ts";

const DATABASE_TEXT =
  /postgres|pglite|drizzle|sqlstate|relation "|column "|constraint|violates|invalid (byte|input) |syntax error|pg_|\bat \S+\.(ts|js):\d/i;

/** That an answer is the whole problem document of one error of the catalogue, and betrays nothing of the inside. */
export function expectProblem(answer: Answer, code: ErrorCode): void {
  const { status, title, retryable } = ERRORS[code];
  const { rule: _rule, allowed: _allowed, scope: _scope, ...members } = answer.body;
  expect(members).toEqual({
    type: `urn:serviceflow:error:${code}`,
    title,
    status,
    detail: expect.stringMatching(/^\S.*[.?\w)]$/s),
    instance: expect.stringMatching(/^\//),
    code,
    requestId: answer.headers.get("x-request-id"),
    retryable,
    errors: expect.any(Array),
  });
  expect(answer.status).toBe(status);
  expect(answer.body.requestId).toMatch(/^[\w.:-]{1,128}$/);
  expect(JSON.stringify(answer.body)).not.toMatch(DATABASE_TEXT);
  if (answer.body.instance.startsWith("/trpc")) return;
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("cache-control")).toBe("no-store");
}

/** Expects an answer of the contract: a success, or a problem with a 4xx status. */
export function expectNoFailure(answer: Answer): void {
  expect(answer.status).toBeLessThan(500);
  if (answer.status >= 400) expectProblem(answer, answer.body.code);
}

/** That the input was refused because of exactly these fields. */
export function expectInvalid(
  answer: Answer,
  errors: readonly { pointer: string; code: string }[],
) {
  expectProblem(answer, "validation_failed");
  const found = answer.body.errors.map(({ pointer, code }: { pointer: string; code: string }) => ({
    pointer,
    code,
  }));
  expect(found).toEqual(errors);
  for (const { detail } of answer.body.errors) expect(detail).toMatch(/\w/);
}
