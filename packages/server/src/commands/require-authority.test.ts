import { describe, expect, it } from "vitest";
import { requireAuthority } from "./require-authority.ts";

const UPDATE = "update requests set title = $1 where id = $2";

describe("a write", () => {
  it.each([
    ["an insert from it", "changed as (insert into users (id) select $1 from authority)"],
    ["an update while it exists", `changed as (${UPDATE} and exists (select 1 from authority))`],
    [
      "what depends on what depends on it",
      `roster as (${UPDATE} and exists (select 1 from authority) returning name),
       changed as (insert into users (id) select $1 from roster returning id),
       "ended" as (delete from api_keys using changed where user_id = changed.id)`,
    ],
    ["a text with a parenthesis", "changed as (select ')' as text from authority)"],
  ])("depends on authority by %s", (_, text) => {
    expect(() => requireAuthority("test", text)).not.toThrow();
  });

  it.each([
    ["an update alone", `changed as (${UPDATE})`, "changed"],
    ["an insert alone", "changed as (insert into users (id) select $1)", "changed"],
    [
      "one of two",
      `changed as (${UPDATE} and exists (select 1 from authority)), other as (${UPDATE})`,
      "other",
    ],
    ["a name in a text", `changed as (${UPDATE} and title <> 'authority')`, "changed"],
    ["another name that begins alike", "changed as (select 1 from authority_of)", "changed"],
  ])("does not by %s", (_, text, cte) => {
    expect(() => requireAuthority("test", text)).toThrow(
      `In the write test, ${cte} does not depend on authority.`,
    );
  });

  it("has a CTE that says whether it held", () => {
    expect(() => requireAuthority("test", "other as (select 1 from authority)")).toThrow(
      "The write test has no changed.",
    );
  });
});
