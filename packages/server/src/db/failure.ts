/** What is known of a database error that may be logged: never its message, which can hold the values. */
export function describeFailure(error: unknown): {
  code?: string;
  constraint?: string;
  kind: string;
} {
  const cause = rootCause(error);
  const { code, constraint } = cause as { code?: unknown; constraint?: unknown };
  return {
    kind: cause instanceof Error ? cause.name : typeof cause,
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof constraint === "string" ? { constraint } : {}),
  };
}

/** The constraint that a write broke, or null. */
export function violatedConstraint(error: unknown): string | null {
  const { code, constraint } = rootCause(error) as { code?: unknown; constraint?: unknown };
  return code === "23505" && typeof constraint === "string" ? constraint : null;
}

const TRANSIENT_STATE = /^(40001|40P01|55P03)$/;

/** Serialization failure, deadlock or a lock held for too long: the statement was undone and can be tried again. */
export function isTransient(error: unknown): boolean {
  const { code } = rootCause(error) as { code?: unknown };
  return typeof code === "string" && TRANSIENT_STATE.test(code);
}

/** A lock that another session held for too long. */
export function isLockTimeout(error: unknown): boolean {
  return (rootCause(error) as { code?: unknown }).code === "55P03";
}

/** A broken constraint or a lost race: the connection is as good as before. */
export function isConflict(error: unknown): boolean {
  const { code } = rootCause(error) as { code?: unknown };
  return typeof code === "string" && /^(23...|40...|55P03)$/.test(code);
}

// Classes 08 connection, 53 resources, 57 operator intervention (cancel, shutdown), 25006 read-only standby.
const UNAVAILABLE_STATE = /^(08...|53...|57...|25006)$/;
const LOST_STATE = /^(08...|57P0.)$/;
const QUERY_CANCELED = "57014";
const LOST_SYSTEM =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT)$/;
const LOST_MESSAGE = /^(Connection terminated|Client has encountered a connection error)/;
const UNAVAILABLE_MESSAGE =
  /^(timeout exceeded when trying to connect|Query read timeout|Cannot use a pool after calling end|Client was closed|timeout expired)/;

/**
 * Whether a statement exceeded its limit. It would again, so neither the server nor a client should repeat it at once. A
 * database that does not enforce the limit either has stopped: it is unavailable.
 */
export function isTimedOut(error: unknown): boolean {
  const { code, message } = factsOf(error);
  // The same state as an administrator's cancel. Where messages are translated, that counts as a timeout too.
  return code === QUERY_CANCELED && !message.includes("user request");
}

/** Whether the connection broke or the database restarted, so that another connection may work. */
export function isConnectionLost(error: unknown): boolean {
  const { code, syscall, message } = factsOf(error);
  if (code === null) return LOST_MESSAGE.test(message);
  return LOST_STATE.test(code) || (LOST_SYSTEM.test(code) && syscall !== "open");
}

/** Whether the database could not be reached or gave up, so that the same call can succeed later. */
export function isUnavailable(error: unknown): boolean {
  if (isTimedOut(error)) return false;
  if (isConnectionLost(error)) return true;
  const { code, message } = factsOf(error);
  return code === null ? UNAVAILABLE_MESSAGE.test(message) : UNAVAILABLE_STATE.test(code);
}

function factsOf(error: unknown): { code: string | null; syscall: unknown; message: string } {
  const cause = rootCause(error);
  const { code, syscall } = cause as { code?: unknown; syscall?: unknown };
  return {
    code: typeof code === "string" ? code : null,
    syscall,
    message: cause instanceof Error ? cause.message : "",
  };
}

/** What lies at the bottom of an error's causes. */
export function rootCause(error: unknown): object {
  let current: unknown = error;
  while (current instanceof Error && current.cause instanceof Error) current = current.cause;
  return typeof current === "object" && current !== null ? current : {};
}
