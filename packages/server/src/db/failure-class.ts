import type { Logger } from "pino";
import { describeFailure, isTimedOut, rootCause } from "./failure.ts";

/** What an operator has to look at. */
export type FailureClass =
  | "disk"
  | "memory"
  | "connections"
  | "read_only"
  | "permission"
  | "wrong_database"
  | "sign_in"
  | "tls"
  | "pooler"
  | "timeout"
  | "unreachable";

const BY_CODE: readonly (readonly [FailureClass, RegExp])[] = [
  ["disk", /^(53100|58030|ENOSPC)$/],
  ["memory", /^53200$/],
  ["connections", /^53300$/],
  ["read_only", /^25006$/],
  ["permission", /^42501$/],
  ["wrong_database", /^(3D000|3F000|42P01|42703)$/],
  ["sign_in", /^28/],
  ["tls", /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO)/],
  ["pooler", /^(26000|42P05|08P01)$/],
  ["unreachable", /^(08|57P0|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/],
];

/** The class and the hint of each. */
const FAILURE_WORDS: Readonly<Record<FailureClass, { what: string; hint: string }>> = {
  disk: {
    what: "its disk is full or fails",
    hint: "Free or add disk space on the database server.",
  },
  memory: {
    what: "it is out of memory",
    hint: "Give the database server more memory, or lower work_mem.",
  },
  connections: {
    what: "it has no connection left",
    hint: "Lower DATABASE_POOL_SIZE × WEB_CONCURRENCY × servers, or raise max_connections.",
  },
  read_only: {
    what: "it is read-only",
    hint: "Let DATABASE_URL lead to the primary, not to a standby.",
  },
  permission: {
    what: "its user lacks a right",
    hint: "Run the SQL of `serviceflow grants --role NAME` as the owner of the tables.",
  },
  wrong_database: {
    what: "it does not exist, or is not that of ServiceFlow",
    hint: "Check the database's name in DATABASE_URL, and run `serviceflow migrate`.",
  },
  sign_in: {
    what: "it refuses the user",
    hint: "Check user and password in DATABASE_URL, and pg_hba.conf.",
  },
  tls: {
    what: "its TLS certificate is not accepted, or it has no TLS",
    hint: "Check sslmode and sslrootcert in DATABASE_URL.",
  },
  pooler: {
    what: "a pooler in between lacks what is asked of it",
    hint: "Set DATABASE_PREPARED_STATEMENTS=false (docs/operations/database.md, PgBouncer).",
  },
  timeout: {
    what: "a statement exceeded its limit",
    hint: "Look at pg_stat_activity for what holds it up.",
  },
  unreachable: {
    what: "it cannot be reached",
    hint: "Start it, or correct host and port in DATABASE_URL.",
  },
};

/** The class of a database failure; null for any other error. */
export function failureClass(error: unknown): FailureClass | null {
  if (isTimedOut(error)) return "timeout";
  const { code } = describeFailure(error);
  if (code !== undefined) return BY_CODE.find(([, codes]) => codes.test(code))?.[0] ?? null;
  const cause = rootCause(error);
  const message = cause instanceof Error ? cause.message : "";
  if (/does not support SSL/.test(message)) return "tls";
  return /^(timeout exce|Connection terminated|Query read timeout)/.test(message)
    ? "unreachable"
    : null;
}

/** A database failure in words, without its message, which can hold values; null for any other error. */
export function failureWords(error: unknown): { finding: string; hint: string } | null {
  const found = failureClass(error);
  if (found === null) return null;
  const { what, hint } = FAILURE_WORDS[found];
  const { code } = describeFailure(error);
  return {
    finding: `The database is unusable: ${what}${code === undefined ? "" : ` (${code})`}.`,
    hint,
  };
}

const WARN_INTERVAL_MS = 60_000;

/** The failures of a database: each is counted by its class, and logged once a minute for its class. */
export class Failures {
  readonly #log: Logger | null;
  readonly #counts = new Map<FailureClass, number>();
  readonly #loggedAt = new Map<FailureClass, number>();

  /** @param log null: they are counted alone */
  constructor(log: Logger | null) {
    this.#log = log;
  }

  /** Since the start. */
  get counts(): ReadonlyMap<FailureClass, number> {
    return this.#counts;
  }

  /** Notes an error, which may be none of the database. */
  readonly note = (error: unknown): void => {
    const found = failureClass(error);
    if (found === null) return;
    this.#counts.set(found, (this.#counts.get(found) ?? 0) + 1);
    const now = performance.now();
    if (now - (this.#loggedAt.get(found) ?? Number.NEGATIVE_INFINITY) < WARN_INTERVAL_MS) return;
    this.#loggedAt.set(found, now);
    const { what, hint } = FAILURE_WORDS[found];
    this.#log?.warn(
      { failure: found, ...describeFailure(error), hint },
      `the database failed: ${what}`,
    );
  };
}

export const UNAVAILABLE = "The database is unavailable; try again shortly.";
const OVERLOADED = "The database is overloaded; try again shortly.";

/** What a caller learns of failures that may pass; of the others they learn nothing. */
const TOLD_CALLERS: Partial<Readonly<Record<FailureClass, string>>> = {
  disk: "The database has no room to store this; try again later.",
  memory: OVERLOADED,
  connections: OVERLOADED,
  read_only: "The database takes no changes at the moment; try again shortly.",
  sign_in: UNAVAILABLE,
  tls: UNAVAILABLE,
  unreachable: UNAVAILABLE,
};

/** Words for the caller of a failure that may pass; null for any other. */
export function toldCallers(error: unknown): string | null {
  const found = failureClass(error);
  return found === null ? null : (TOLD_CALLERS[found] ?? null);
}
