import { DrizzleQueryError } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import {
  describeFailure,
  isConflict,
  isTransient,
  isUnavailable,
  violatedConstraint,
} from "./failure.ts";

const withCode = (code: string, more: object = {}) =>
  Object.assign(new Error("failed"), { code, ...more });

type Kind = "unavailable" | "transient" | "conflict" | "neither";

/** What each failure is, by its SQLSTATE, its system code or, where pg gives none, its message. */
const FAILURES: readonly [string, Error, Kind][] = [
  ["connection failure", withCode("08006"), "unavailable"],
  ["protocol violation", withCode("08P01"), "unavailable"],
  ["disk full", withCode("53100"), "unavailable"],
  ["too many connections", withCode("53300"), "unavailable"],
  ["statement timeout", withCode("57014"), "unavailable"],
  ["terminated by an administrator", withCode("57P01"), "unavailable"],
  ["crash shutdown", withCode("57P02"), "unavailable"],
  ["starting up", withCode("57P03"), "unavailable"],
  ["read-only standby", withCode("25006"), "unavailable"],
  ["connection refused", withCode("ECONNREFUSED", { syscall: "connect" }), "unavailable"],
  [
    "connection refused at each address",
    Object.assign(new AggregateError([withCode("ECONNREFUSED")]), { code: "ECONNREFUSED" }),
    "unavailable",
  ],
  ["connection reset", withCode("ECONNRESET"), "unavailable"],
  ["broken pipe", withCode("EPIPE"), "unavailable"],
  ["unknown host", withCode("ENOTFOUND"), "unavailable"],
  ["missing socket", withCode("ENOENT", { syscall: "connect" }), "unavailable"],
  ["connection lost", new Error("Connection terminated unexpectedly"), "unavailable"],
  ["no free connection", new Error("timeout exceeded when trying to connect"), "unavailable"],
  ["no answer in time", new Error("Query read timeout"), "unavailable"],
  [
    "connection found broken",
    new Error("Client has encountered a connection error and is not queryable"),
    "unavailable",
  ],
  ["serialization failure", withCode("40001"), "transient"],
  ["deadlock", withCode("40P01"), "transient"],
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
  if (isUnavailable(error)) return "unavailable";
  if (isTransient(error)) return "transient";
  return isConflict(error) ? "conflict" : "neither";
}

describe("a failure of the database", () => {
  it.each(FAILURES)("%s is recognized, bare or wrapped by drizzle", (_name, error, kind) => {
    expect(kindOf(error)).toBe(kind);
    expect(kindOf(new DrizzleQueryError("select 1", [], error))).toBe(kind);
    expect(isConflict(error)).toBe(kind === "conflict" || kind === "transient");
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
