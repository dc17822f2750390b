import { DomainError, ERRORS, type FieldError, type Problem } from "@serviceflow/domain";
import { toFieldErrors } from "@serviceflow/domain/contract";
import { TRPCError } from "@trpc/server";
import { ZodError } from "zod";
import { isTimedOut, isTransient, isUnavailable } from "../db/failure.ts";
import { toldCallers, UNAVAILABLE } from "../db/failure-class.ts";
import { NoTurn } from "../db/turns.ts";

/** What an error tells of its call. */
export interface CallReference {
  path: string;
  requestId: string;
}

/** The calls in which tRPC failed before it had their context. */
export const failedCalls = new WeakMap<TRPCError, CallReference>();

/** Translates anything thrown into an error that a caller may see. Nothing else does so. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof ZodError) return validationFailed(toFieldErrors(error.issues), error);
  if (error instanceof TRPCError) return fromTrpc(error);
  if (isTimedOut(error)) {
    const detail =
      "The database did not complete the query within its time limit. Narrow it down, or try again in a minute.";
    return new DomainError("query_timeout", detail, { cause: error });
  }
  if (error instanceof NoTurn) {
    const detail =
      "Every connection for statistics, searches and reads of the whole log is in use; try again shortly.";
    return new DomainError("overloaded", detail, { cause: error });
  }
  const told = toldCallers(error);
  if (told !== null || isUnavailable(error) || isTransient(error)) {
    return new DomainError("unavailable", told ?? UNAVAILABLE, { cause: error });
  }
  return new DomainError("internal_error", "The server failed; report it with the request id.", {
    cause: error,
  });
}

export function validationFailed(errors: readonly FieldError[], cause: unknown): DomainError {
  const [first] = errors;
  const detail = first
    ? `${first.pointer || "The input"}: ${first.detail}`
    : "The input is invalid.";
  return new DomainError("validation_failed", detail, { errors, cause });
}

const MALFORMED_CALL =
  "The call cannot be read. A batch has at most ten procedures, all of them queries or all of them mutations.";

function fromTrpc(error: TRPCError): DomainError {
  switch (error.code) {
    case "BAD_REQUEST":
    case "PARSE_ERROR":
      if (error.cause instanceof ZodError || error.cause instanceof DomainError) {
        return toDomainError(error.cause);
      }
      return error.cause instanceof SyntaxError
        ? new DomainError("malformed_json", "The input is not valid JSON.", { cause: error })
        : new DomainError("malformed_request", MALFORMED_CALL, { cause: error });
    case "NOT_FOUND":
      return new DomainError("not_found", "There is no such procedure.", { cause: error });
    case "METHOD_NOT_SUPPORTED":
      return new DomainError("method_not_allowed", "Use GET for queries and POST for mutations.", {
        cause: error,
      });
    case "UNSUPPORTED_MEDIA_TYPE":
      return new DomainError("unsupported_media_type", "Send application/json.", { cause: error });
    case "PAYLOAD_TOO_LARGE":
      return new DomainError("payload_too_large", "The body is too large.", { cause: error });
    default:
      // A failed output validation has a ZodError as its cause too, but the fault is the server's.
      return error.code === "INTERNAL_SERVER_ERROR" && !(error.cause instanceof ZodError)
        ? toDomainError(error.cause ?? null)
        : new DomainError("internal_error", "The server failed; report it with the request id.", {
            cause: error.cause ?? error,
          });
  }
}

/** The RFC 9457 document of an error. */
export function toProblem(error: DomainError, call: CallReference | null): Problem {
  const { title, status, retryable } = ERRORS[error.code];
  return {
    type: `urn:serviceflow:error:${error.code}`,
    title,
    status,
    detail: error.detail,
    instance: call?.path ?? "",
    code: error.code,
    requestId: call?.requestId ?? "",
    retryable,
    errors: [...error.errors],
    ...error.facts,
  };
}
