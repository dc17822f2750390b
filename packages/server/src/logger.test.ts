import { DrizzleQueryError } from "drizzle-orm";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { createLogger } from "./logger.ts";

const SECRET = "ada@example.com";

function written(error: unknown): string {
  const lines: string[] = [];
  const log = createLogger("info", false, { write: (line) => lines.push(line) });
  log.error({ err: error }, "call");
  return lines.join("");
}

/** As pg makes it: nearly every field of it can hold what the statement was given. */
function databaseError(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError(`invalid input: "${SECRET}"`, 100, "error");
  return Object.assign(error, {
    code,
    constraint: "users_email_unique",
    detail: `Key (email)=(${SECRET}) already exists.`,
    where: `unnamed portal parameter $1 = '${SECRET}'`,
  });
}

function queryError(cause?: Error): DrizzleQueryError {
  return new DrizzleQueryError("insert into users values ($1)", [SECRET], cause);
}

describe("an error in the log", () => {
  it.each([
    ["a database error", databaseError("23505")],
    ["drizzle's wrapper of one", queryError(databaseError("22P02"))],
    [
      "drizzle's wrapper of a lost connection",
      queryError(new Error("Connection terminated unexpectedly")),
    ],
    ["drizzle's wrapper of nothing", queryError()],
    ["a wrapper of drizzle's wrapper", new Error(`filing for ${SECRET}`, { cause: queryError() })],
    ["a plain object", { message: SECRET }],
    ["a text", SECRET],
    ["nothing", null],
  ])("shows no value of a statement in %s", (_what, error) => {
    expect(written(error)).not.toContain(SECRET);
  });

  it("shows SQLSTATE and constraint of a database error, however deep", () => {
    const line = JSON.parse(
      written(new Error("outer", { cause: queryError(databaseError("23505")) })),
    );
    expect(line.err).toEqual({ kind: "error", code: "23505", constraint: "users_email_unique" });
  });

  it("shows message and stack of the server's own", () => {
    const { err, level, msg } = JSON.parse(written(new TypeError("No value for limit in users")));
    expect({ level, msg }).toEqual({ level: "error", msg: "call" });
    expect(err).toMatchObject({ kind: "TypeError", message: "No value for limit in users" });
    expect(err.stack).toContain("logger.test.ts");
  });
});
