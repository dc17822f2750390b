import { type DomainError, ERRORS, type ErrorCode } from "@serviceflow/domain";
import { type TRPC_ERROR_CODE_KEY, TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import { type CallReference, toProblem } from "./problem.ts";

type Status = (typeof ERRORS)[ErrorCode]["status"];

/** tRPC has no key for 406, 410 and 431. */
const KEYS: Record<Status, TRPC_ERROR_CODE_KEY> = {
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "METHOD_NOT_SUPPORTED",
  406: "BAD_REQUEST",
  408: "TIMEOUT",
  409: "CONFLICT",
  410: "BAD_REQUEST",
  412: "PRECONDITION_FAILED",
  413: "PAYLOAD_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
  422: "UNPROCESSABLE_CONTENT",
  429: "TOO_MANY_REQUESTS",
  431: "BAD_REQUEST",
  500: "INTERNAL_SERVER_ERROR",
  503: "SERVICE_UNAVAILABLE",
};

/** An error in tRPC's shape. */
export function toErrorShape(error: DomainError, call: CallReference | null, path?: string) {
  const problem = toProblem(error, call);
  const code = KEYS[ERRORS[error.code].status];
  return {
    message: `${problem.code}: ${problem.detail}`,
    code: TRPC_ERROR_CODES_BY_KEY[code],
    data: { code, httpStatus: problem.status, path, problem },
  };
}
