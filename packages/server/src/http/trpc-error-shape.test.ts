import { DomainError, ERRORS, type ErrorCode } from "@serviceflow/domain";
import { expect, it } from "vitest";
import { toErrorShape } from "./trpc-error-shape.ts";

const EXPECTED: Readonly<Record<number, [key: string, number: number]>> = {
  400: ["BAD_REQUEST", -32_600],
  401: ["UNAUTHORIZED", -32_001],
  403: ["FORBIDDEN", -32_003],
  404: ["NOT_FOUND", -32_004],
  405: ["METHOD_NOT_SUPPORTED", -32_005],
  406: ["BAD_REQUEST", -32_600],
  408: ["TIMEOUT", -32_008],
  409: ["CONFLICT", -32_009],
  410: ["BAD_REQUEST", -32_600],
  412: ["PRECONDITION_FAILED", -32_012],
  413: ["PAYLOAD_TOO_LARGE", -32_013],
  415: ["UNSUPPORTED_MEDIA_TYPE", -32_015],
  422: ["UNPROCESSABLE_CONTENT", -32_022],
  429: ["TOO_MANY_REQUESTS", -32_029],
  431: ["BAD_REQUEST", -32_600],
  500: ["INTERNAL_SERVER_ERROR", -32_603],
  503: ["SERVICE_UNAVAILABLE", -32_603],
};

it.each(Object.keys(ERRORS) as ErrorCode[])("%s has the tRPC code of its status", (name) => {
  const { status } = ERRORS[name];
  const { code, data } = toErrorShape(new DomainError(name, "Refused."), null);
  expect([data.httpStatus, data.code, code]).toEqual([status, ...(EXPECTED[status] ?? [])]);
});
