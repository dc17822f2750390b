/**
 * Every error of the API: its HTTP status, its title, and whether a retry of the same call can succeed. tRPC, REST, the
 * SDK's codes and the documentation all derive from it.
 */
export const ERRORS = {
  malformed_json: { status: 400, title: "The body is not valid JSON.", retryable: false },
  malformed_request: { status: 400, title: "The request cannot be parsed.", retryable: false },
  unauthenticated: { status: 401, title: "A valid API key is required.", retryable: false },
  forbidden: { status: 403, title: "The caller is not allowed to do this.", retryable: false },
  insufficient_scope: { status: 403, title: "The API key lacks a scope.", retryable: false },
  bootstrap_closed: { status: 403, title: "Bootstrap is closed.", retryable: false },
  not_found: { status: 404, title: "Not found.", retryable: false },
  method_not_allowed: { status: 405, title: "Method not allowed.", retryable: false },
  not_acceptable: {
    status: 406,
    title: "The response would have a media type that Accept excludes.",
    retryable: false,
  },
  request_timeout: {
    status: 408,
    title: "The request did not arrive in time.",
    retryable: true,
  },
  illegal_transition: {
    status: 409,
    title: "Illegal status transition.",
    retryable: false,
  },
  request_closed: { status: 409, title: "The request is closed.", retryable: false },
  request_started: { status: 409, title: "Work on the request has started.", retryable: false },
  already_assigned: { status: 409, title: "The request is already assigned.", retryable: false },
  not_assigned: { status: 409, title: "The request is unassigned.", retryable: false },
  email_taken: { status: 409, title: "The email address is already in use.", retryable: false },
  category_is_default: {
    status: 409,
    title: "The default category cannot be retired.",
    retryable: false,
  },
  category_exists: { status: 409, title: "The category already exists.", retryable: false },
  last_admin: {
    status: 409,
    title: "An active administrator with a working key must remain.",
    retryable: false,
  },
  user_erased: { status: 409, title: "The user was erased.", retryable: false },
  api_key_inactive: { status: 409, title: "The API key is not active.", retryable: false },
  too_many_api_keys: { status: 409, title: "API key limit reached.", retryable: false },
  secret_not_replayable: {
    status: 409,
    title: "The stored response is encrypted for another API key.",
    retryable: false,
  },
  webhook_inactive: { status: 409, title: "The webhook is not active.", retryable: false },
  webhook_unowned: {
    status: 409,
    title: "The webhook's owner is not an active administrator.",
    retryable: false,
  },
  too_many_webhooks: {
    status: 409,
    title: "Webhook limit reached.",
    retryable: false,
  },
  write_conflict: { status: 409, title: "Too many concurrent changes.", retryable: true },
  cursor_unknown: { status: 410, title: "Unknown cursor.", retryable: false },
  precondition_failed: {
    status: 412,
    title: "The resource has changed since it was read.",
    retryable: false,
  },
  payload_too_large: { status: 413, title: "The body is too large.", retryable: false },
  unsupported_media_type: {
    status: 415,
    title: "The body must be application/json.",
    retryable: false,
  },
  validation_failed: { status: 422, title: "Invalid input.", retryable: false },
  idempotency_key_reused: {
    status: 422,
    title: "The idempotency key was used for another call.",
    retryable: false,
  },
  rate_limited: { status: 429, title: "Rate limit exceeded.", retryable: true },
  headers_too_large: { status: 431, title: "The headers are too long.", retryable: false },
  internal_error: { status: 500, title: "Internal server error.", retryable: false },
  query_timeout: {
    status: 503,
    title: "The database query took too long.",
    retryable: false,
  },
  overloaded: { status: 503, title: "Too many expensive reads at once.", retryable: true },
  unavailable: { status: 503, title: "Temporarily unavailable.", retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

export type ErrorCode = keyof typeof ERRORS;

/** Every rule that a field can break, by its stable name. */
export const FIELD_RULES = [
  "required",
  "unknown_field",
  "invalid",
  "invalid_type",
  "invalid_value",
  "invalid_format",
  "too_short",
  "too_long",
  "too_small",
  "too_big",
  "too_many",
  "out_of_range",
  "duplicate",
  "control_character",
  "malformed_unicode",
  "no_visible_character",
  "unknown",
  "exactly_one",
  "not_allowed",
  "not_applicable",
  "not_eligible",
  "not_with_q",
  "invalid_cursor",
  "still_open",
  "period_too_long",
  "in_the_past",
  "after_calling_key",
  "beyond_max_lifetime",
  "insecure_url",
  "credentials_in_url",
  "fragment_in_url",
  "address_refused",
] as const;
export type FieldRule = (typeof FIELD_RULES)[number];

/** What a rule depends on, to put it into other words. */
export type RuleParams = Record<string, string | number | string[]>;

/** A validation error of one field. */
export interface FieldError {
  /** JSON Pointer (RFC 6901) to the field: `/title`. Empty for the input as a whole. */
  pointer: string;
  /** Stable name of the rule: `too_long`, `unknown_field`, ... */
  code: string;
  /** The rule in words. */
  detail: string;
  /** What the rule depends on: `{ min: 2, max: 200 }`. Absent when that is nothing. */
  params?: RuleParams | undefined;
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
export function invalidField(
  pointer: string,
  code: FieldRule,
  detail: string,
  params?: RuleParams,
): DomainError {
  const error = { pointer, code, detail, ...(params && { params }) };
  return new DomainError("validation_failed", detail, { errors: [error] });
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
  /** The call's `X-Request-Id`: quote it in a support request. */
  requestId: string;
  retryable: boolean;
  errors: FieldError[];
  /** With `forbidden`: the rule of the permission table that refused the call. */
  rule?: string | undefined;
  /** With `illegal_transition`: the statuses that can follow. */
  allowed?: string[] | undefined;
  /** With `insufficient_scope`: the missing scope. */
  scope?: string | undefined;
}
