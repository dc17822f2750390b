import type { ErrorCode, FieldError, Problem } from "@serviceflow/domain";

/** What can go wrong on this side of the wire. */
export type ClientErrorCode =
  | "aborted"
  | "invalid_payload"
  | "invalid_response"
  | "invalid_signature"
  | "network_error"
  | "signature_expired"
  | "timeout";

/** A stable code to decide by. It is open: a newer server may have codes that this SDK does not know. */
export type ServiceFlowErrorCode = ErrorCode | ClientErrorCode | (string & Record<never, never>);

/** What is known of an error besides its code. */
export interface ServiceFlowErrorOptions {
  status?: number | undefined;
  requestId?: string | undefined;
  retryable?: boolean | undefined;
  errors?: readonly FieldError[] | undefined;
  retryAfterMs?: number | undefined;
  problem?: Problem | undefined;
  cause?: unknown;
}

// Registered, so that two copies of the SDK in one program know each other's errors.
const BRAND = Symbol.for("@serviceflow/sdk/ServiceFlowError");

/**
 * The one error that a call can end in.
 * @example
 * ```ts
 * try {
 *   await sf.requests.get("SF-999999");
 * } catch (error) {
 *   if (!ServiceFlowError.is(error) || error.code !== "not_found") throw error;
 * }
 * ```
 */
export class ServiceFlowError extends Error {
  override readonly name = "ServiceFlowError";
  readonly code: ServiceFlowErrorCode;
  /** The error in words, to show to a person. `message` has the code and the request id as well. */
  readonly detail: string;
  /** HTTP status; undefined when no answer came. */
  readonly status: number | undefined;
  /** Quote it when asking for help. */
  readonly requestId: string | undefined;
  /** Whether the same call can succeed when it is sent again later. The SDK has tried that already. */
  readonly retryable: boolean;
  /** The broken rules, field by field, with `validation_failed`. */
  readonly errors: readonly FieldError[];
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The whole RFC 9457 document, when the server sent one. */
  readonly problem: Problem | undefined;

  static {
    Object.defineProperty(ServiceFlowError.prototype, BRAND, { value: true });
  }

  constructor(code: ServiceFlowErrorCode, detail: string, options: ServiceFlowErrorOptions = {}) {
    const { status, requestId, retryable, errors, retryAfterMs, problem, cause } = options;
    const quoted = requestId === undefined ? "" : ` (request ${requestId})`;
    super(`${code}: ${detail}${quoted}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.detail = detail;
    this.status = status;
    this.requestId = requestId;
    this.retryable = retryable ?? false;
    this.errors = errors ?? [];
    this.retryAfterMs = retryAfterMs;
    this.problem = problem;
  }

  /** Whether something that was thrown is a ServiceFlowError, also one of another copy of this package. */
  static is(thrown: unknown): thrown is ServiceFlowError {
    return isServiceFlowError(thrown);
  }
}

/** The same as `ServiceFlowError.is`. */
export function isServiceFlowError(thrown: unknown): thrown is ServiceFlowError {
  return typeof thrown === "object" && thrown !== null && BRAND in thrown;
}
