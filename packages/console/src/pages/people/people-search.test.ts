import { describe, expect, it } from "vitest";
import { isAddress, peopleInput, peopleSearch } from "./people-search.ts";

describe("the address of the people", () => {
  it.each([
    [{}, {}],
    [{ view: "agents" }, { view: "agents" }],
    [{ view: "toString" }, {}],
    [{ view: 5, q: " ada " }, { q: "ada" }],
    [{ q: "" }, {}],
    [{ q: "x".repeat(300) }, { q: "x".repeat(254) }],
  ])("%j is read as %j", (address, search) => {
    expect(peopleSearch(address)).toEqual(search);
  });

  it.each([
    [{}, {}],
    [{ view: "deactivated" }, { active: false }],
    [{ view: "agents", q: "ada@example.com" }, { email: "ada@example.com" }],
  ] as const)("%j asks for %j", (search, input) => {
    expect(peopleInput(search)).toEqual(input);
  });

  it.each([
    ["ada@example.com", true],
    ["ada", false],
    ["ada@", false],
    ["ada lov@x", false],
  ])("%s is a whole address: %s", (words, expected) => {
    expect(isAddress(words)).toBe(expected);
  });
});
