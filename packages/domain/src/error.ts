/**
 * Every error a caller can meet: its HTTP status, its title, and whether the same call can succeed when simply
 * sent again. tRPC, REST, the SDK's codes and the documentation all come from here.
 */
export const ERRORS = {
  malformed_json: { status: 400, title: "The body is not valid JSON", retryable: false },
  malformed_request: { status: 400, title: "The request cannot be read", retryable: false },
  unauthenticated: { status: 401, title: "A valid API key is required", retryable: false },
  forbidden: { status: 403, title: "A rule forbids this", retryable: false },
  insufficient_scope: { status: 403, title: "The API key lacks a scope", retryable: false },
  bootstrap_closed: { status: 403, title: "An administrator exists already", retryable: false },
  not_found: { status: 404, title: "Not found", retryable: false },
  method_not_allowed: { status: 405, title: "Method not allowed", retryable: false },
  illegal_transition: {
    status: 409,
    title: "The status cannot change this way",
    retryable: false,
  },
  request_closed: { status: 409, title: "The request is closed", retryable: false },
  request_started: { status: 409, title: "Work on the request has begun", retryable: false },
  already_assigned: { status: 409, title: "The request is assigned already", retryable: false },
  not_assigned: { status: 409, title: "The request is assigned to nobody", retryable: false },
  email_taken: { status: 409, title: "The e-mail address is in use", retryable: false },
  category_exists: { status: 409, title: "The category exists already", retryable: false },
  last_admin: { status: 409, title: "The last active administrator must stay", retryable: false },
  user_erased: { status: 409, title: "The user was erased", retryable: false },
  api_key_inactive: { status: 409, title: "The API key is no longer active", retryable: false },
  secret_not_replayable: {
    status: 409,
    title: "The earlier answer can only be read with the API key that asked for it",
    retryable: false,
  },
  webhook_inactive: { status: 409, title: "The webhook is not active", retryable: false },
  too_many_webhooks: {
    status: 409,
    title: "There are as many webhooks as can be",
    retryable: false,
  },
  write_conflict: { status: 409, title: "Too many changes at the same time", retryable: true },
  cursor_unknown: { status: 410, title: "The log has no such place", retryable: false },
  precondition_failed: { status: 412, title: "It has changed since it was read", retryable: false },
  payload_too_large: { status: 413, title: "The body is too large", retryable: false },
  unsupported_media_type: {
    status: 415,
    title: "The body must be application/json",
    retryable: false,
  },
  validation_failed: { status: 422, title: "The input breaks a rule", retryable: false },
  idempotency_key_reused: {
    status: 422,
    title: "The idempotency key was used for another call",
    retryable: false,
  },
  rate_limited: { status: 429, title: "Too many calls", retryable: true },
  internal_error: { status: 500, title: "Something went wrong on the server", retryable: false },
  unavailable: { status: 503, title: "Temporarily unavailable", retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

export type ErrorCode = keyof typeof ERRORS;

/** One broken rule of one field. */
export interface FieldError {
  /** JSON Pointer (RFC 6901) to the field in the input: `/title`. Empty for the input as a whole. */
  pointer: string;
  /** Stable name of the rule: `too_long`, `unknown_field`, ... */
  code: string;
  /** The rule in words. */
  detail: string;
}

export interface DomainErrorOptions {
  errors?: readonly FieldError[];
  /** Further members of the problem document, such as `rule` or `allowed`. */
  facts?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

/** The one error the domain throws. `detail` is safe to show to the caller. */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, detail: string, options: DomainErrorOptions = {}) {
    super(`${code}: ${detail}`, { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.errors = options.errors ?? [];
    this.facts = options.facts ?? {};
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** A `validation_failed` error for one field. */
export function invalidField(pointer: string, code: string, detail: string): DomainError {
  return new DomainError("validation_failed", detail, { errors: [{ pointer, code, detail }] });
}

/** RFC 9457 problem document, the body of every error over REST and `data.problem` over tRPC. */
export interface Problem {
  /** `urn:serviceflow:error:` and the code. */
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Path of the call. */
  instance: string;
  code: string;
  /** The call's `X-Request-Id`: quote it when asking for help. */
  requestId: string;
  retryable: boolean;
  errors: FieldError[];
  /** The rule of the permission table that refused, with `forbidden`. */
  rule?: string | undefined;
  /** The statuses that can follow, with `illegal_transition`. */
  allowed?: string[] | undefined;
  /** The scope that the key lacks, with `insufficient_scope`. */
  scope?: string | undefined;
}
