/** The provider refused, or did not answer. `code` names why, and holds nothing of what it sent. */
export class OidcFailure extends Error {
  override readonly name = "OidcFailure";
  readonly reason: "unavailable" | "denied" | "invalid";
  readonly code: string;

  constructor(reason: OidcFailure["reason"], code: string) {
    super(`${reason}: ${code}`);
    this.reason = reason;
    this.code = code;
  }
}

const MAX_CODE = 60;

/** Errors of the libraries hold what the provider sent, tokens among it: nothing of that may reach a log. */
export function toFailure(thrown: unknown): OidcFailure {
  if (thrown instanceof OidcFailure) return thrown;
  const { name, code, error, cause, status } = thrown as {
    name?: string;
    code?: unknown;
    error?: unknown;
    cause?: unknown;
    status?: unknown;
  };
  const named = [error, code, name].find((each) => typeof each === "string") as string | undefined;
  const safe = (named ?? "unknown").replace(/[^\w.-]/g, "").slice(0, MAX_CODE);
  if (name === "AuthorizationResponseError") {
    const isAway = error === "temporarily_unavailable" || error === "server_error";
    return new OidcFailure(isAway ? "unavailable" : "denied", safe);
  }
  const isAway =
    name === "TimeoutError" ||
    name === "TypeError" ||
    code === "OAUTH_TIMEOUT" ||
    code === "ERR_JWKS_TIMEOUT" ||
    (cause instanceof Response && cause.status >= 500) ||
    (typeof status === "number" && status >= 500);
  return new OidcFailure(isAway ? "unavailable" : "invalid", safe);
}
