import { DrizzleQueryError } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import {
  describeFailure,
  isConflict,
  isConnectionLost,
  isTimedOut,
  isTransient,
  isUnavailable,
  violatedConstraint,
} from "./failure.ts";

const withCode = (code: string, more: object = {}, message = "failed") =>
  Object.assign(new Error(message), { code, ...more });

/** `lost` is a connection: another one may work. A statement `timed out` would do so again. */
type Kind = "lost" | "unavailable" | "timed out" | "transient" | "conflict" | "neither";

/** What each failure is, by its SQLSTATE, its system code or, where pg gives none, its message. */
const FAILURES: readonly [string, Error, Kind][] = [
  ["connection failure", withCode("08006"), "lost"],
  ["protocol violation", withCode("08P01"), "lost"],
  ["disk full", withCode("53100"), "unavailable"],
  ["too many connections", withCode("53300"), "unavailable"],
  [
    "statement timeout",
    withCode("57014", {}, "canceling statement due to statement timeout"),
    "timed out",
  ],
  [
    "statement timeout of a server that speaks German",
    withCode("57014", {}, "storniere Anfrage wegen Zeitüberschreitung der Anfrage"),
    "timed out",
  ],
  [
    "canceled by an administrator",
    withCode("57014", {}, "canceling statement due to user request"),
    "unavailable",
  ],
  ["terminated by an administrator", withCode("57P01"), "lost"],
  ["crash shutdown", withCode("57P02"), "lost"],
  ["starting up", withCode("57P03"), "lost"],
  ["read-only standby", withCode("25006"), "unavailable"],
  ["connection refused", withCode("ECONNREFUSED", { syscall: "connect" }), "lost"],
  [
    "connection refused at each address",
    Object.assign(new AggregateError([withCode("ECONNREFUSED")]), { code: "ECONNREFUSED" }),
    "lost",
  ],
  ["connection reset", withCode("ECONNRESET"), "lost"],
  ["broken pipe", withCode("EPIPE"), "lost"],
  ["unknown host", withCode("ENOTFOUND"), "lost"],
  ["missing socket", withCode("ENOENT", { syscall: "connect" }), "lost"],
  ["connection lost", new Error("Connection terminated unexpectedly"), "lost"],
  ["no free connection", new Error("timeout exceeded when trying to connect"), "unavailable"],
  ["no answer in time", new Error("Query read timeout"), "unavailable"],
  [
    "connection found broken",
    new Error("Client has encountered a connection error and is not queryable"),
    "lost",
  ],
  ["serialization failure", withCode("40001"), "transient"],
  ["deadlock", withCode("40P01"), "transient"],
  ["locked for too long", withCode("55P03"), "transient"],
  ["duplicate key", withCode("23505", { constraint: "users_email_unique" }), "conflict"],
  [
    "foreign key",
    withCode("23503", { constraint: "requests_category_categories_slug_fk" }),
    "conflict",
  ],
  ["broken check", withCode("23514", { constraint: "requests_closed_check" }), "conflict"],
  ["missing table", withCode("42P01"), "neither"],
  ["invalid text", withCode("22P02"), "neither"],
  ["wrong password", withCode("28P01"), "neither"],
  ["missing file of our own", withCode("ENOENT", { syscall: "open" }), "neither"],
  ["a bug", new TypeError("Cannot read properties of undefined"), "neither"],
];

function kindOf(error: unknown): Kind {
  if (isTimedOut(error)) return "timed out";
  if (isConnectionLost(error)) return "lost";
  if (isUnavailable(error)) return "unavailable";
  if (isTransient(error)) return "transient";
  return isConflict(error) ? "conflict" : "neither";
}

describe("a failure of the database", () => {
  it.each(FAILURES)("%s is recognized, bare or wrapped by drizzle", (_name, error, kind) => {
    expect(kindOf(error)).toBe(kind);
    expect(kindOf(new DrizzleQueryError("select 1", [], error))).toBe(kind);
    expect(isConflict(error)).toBe(kind === "conflict" || kind === "transient");
    expect(isUnavailable(error)).toBe(kind === "lost" || kind === "unavailable");
  });

  it.each(FAILURES)("%s names the constraint only of a duplicate", (name, error) => {
    const constraint = name === "duplicate key" ? "users_email_unique" : null;
    expect(violatedConstraint(error)).toBe(constraint);
    expect(violatedConstraint(new DrizzleQueryError("insert", [], error))).toBe(constraint);
  });

  it.each([undefined, null, "text", 5, {}])("%s, not an error, is none of these", (thrown) => {
    expect(kindOf(thrown)).toBe("neither");
    expect(violatedConstraint(thrown)).toBeNull();
  });

  it("is described by its kind, code and constraint alone", () => {
    const error = withCode("23505", {
      constraint: "users_email_unique",
      detail: "Key (email)=(a@b.c)",
    });
    expect(describeFailure(new Error("outer", { cause: error }))).toEqual({
      kind: "Error",
      code: "23505",
      constraint: "users_email_unique",
    });
    expect(describeFailure(new TypeError("secret"))).toEqual({ kind: "TypeError" });
  });
});
