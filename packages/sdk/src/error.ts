import type { ErrorCode, FieldError, Problem } from "@serviceflow/domain";

/** Codes of errors that the client itself raises. */
export type ClientErrorCode =
  | "aborted"
  | "api_key_unavailable"
  | "invalid_payload"
  | "invalid_response"
  | "invalid_signature"
  | "network_error"
  | "raw_body_required"
  | "signature_expired"
  | "timeout";

/** A stable error code. The union is open: a newer server can send codes that this SDK does not know. */
export type ServiceFlowErrorCode = ErrorCode | ClientErrorCode | (string & Record<never, never>);

/** Optional details of a `ServiceFlowError`. */
export interface ServiceFlowErrorOptions {
  status?: number | undefined;
  requestId?: string | undefined;
  retryable?: boolean | undefined;
  errors?: readonly FieldError[] | undefined;
  retryAfterMs?: number | undefined;
  problem?: Problem | undefined;
  idempotencyKey?: string | undefined;
  cause?: unknown;
}

// In the global symbol registry, so that two copies of the SDK recognise each other's errors.
const BRAND = Symbol.for("@serviceflow/sdk/ServiceFlowError");

/**
 * The error that every failed call throws.
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
  /** A stable code to branch on. */
  readonly code: ServiceFlowErrorCode;
  /** The description to show to a person. `message` adds the code and the request id. */
  readonly detail: string;
  /** HTTP status; undefined when there was no response. */
  readonly status: number | undefined;
  /** `X-Request-Id` of the call. Quote it in support requests. */
  readonly requestId: string | undefined;
  /** Whether the same call can succeed later. The SDK has already used up its own retries. */
  readonly retryable: boolean;
  /** Invalid fields; empty unless `code` is `validation_failed`. */
  readonly errors: readonly FieldError[];
  /** How long the server asks the client to wait (`Retry-After`), in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The complete RFC 9457 document, if the server sent one. */
  readonly problem: Problem | undefined;
  /** The key of the failed mutation: `sf.retry(error)` repeats the call under it. Undefined for calls that change nothing. */
  readonly idempotencyKey: string | undefined;

  static {
    Object.defineProperty(ServiceFlowError.prototype, BRAND, { value: true });
  }

  constructor(code: ServiceFlowErrorCode, detail: string, options: ServiceFlowErrorOptions = {}) {
    const { status, requestId, retryable, errors, retryAfterMs, problem, cause, idempotencyKey } =
      options;
    const suffix = requestId === undefined ? "" : ` (request ${requestId})`;
    super(`${code}: ${detail}${suffix}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.detail = detail;
    this.status = status;
    this.requestId = requestId;
    this.retryable = retryable ?? false;
    this.errors = errors ?? [];
    this.retryAfterMs = retryAfterMs;
    this.problem = problem;
    this.idempotencyKey = idempotencyKey;
  }

  /** Whether a thrown value is a `ServiceFlowError`. Unlike `instanceof`, works across copies of this package. */
  static is(thrown: unknown): thrown is ServiceFlowError {
    return typeof thrown === "object" && thrown !== null && BRAND in thrown;
  }
}
