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

/** Serialization failure or deadlock: PostgreSQL undid the statement and it can simply be tried again. */
export function isTransient(error: unknown): boolean {
  const { code } = rootCause(error) as { code?: unknown };
  return code === "40001" || code === "40P01";
}

/** A broken constraint or a lost race: the connection is as good as before. */
export function isConflict(error: unknown): boolean {
  const { code } = rootCause(error) as { code?: unknown };
  return typeof code === "string" && /^(23|40)...$/.test(code);
}

// Classes 08 connection, 53 resources, 57 operator intervention (shutdown, statement timeout), 25006 read-only standby.
const UNAVAILABLE_STATE = /^(08...|53...|57...|25006)$/;
const UNAVAILABLE_SYSTEM =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT)$/;
const UNAVAILABLE_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end|Client was closed|timeout expired)/;

/** Whether the database could not be reached or gave up, so that the same call can succeed later. */
export function isUnavailable(error: unknown): boolean {
  const cause = rootCause(error);
  if (!(cause instanceof Error)) return false;
  const code = (cause as { code?: unknown }).code;
  if (typeof code === "string") {
    if (UNAVAILABLE_STATE.test(code)) return true;
    return UNAVAILABLE_SYSTEM.test(code) && (cause as { syscall?: unknown }).syscall !== "open";
  }
  return UNAVAILABLE_MESSAGE.test(cause.message);
}

/** What lies at the bottom of an error's causes. */
export function rootCause(error: unknown): object {
  let current: unknown = error;
  while (current instanceof Error && current.cause instanceof Error) current = current.cause;
  return typeof current === "object" && current !== null ? current : {};
}
