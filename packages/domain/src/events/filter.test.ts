import { describe, expect, it } from "vitest";
import {
  type EventFilters,
  type EventTraits,
  eventFilter,
  matchesFilter,
  placeAfter,
} from "./filter.ts";

const ME = "usr_me";
const TRAITS: EventTraits = {
  requestId: "SF-7",
  category: "it",
  assigneeId: ME,
  concernsReader: false,
};

function matches(input: EventFilters, traits: Partial<EventTraits> | null = {}): boolean {
  const filter = eventFilter(input, ME);
  if (filter === null) throw new Error("There is no filter.");
  return matchesFilter(filter, traits && { ...TRAITS, ...traits });
}

describe("a filter of the feed", () => {
  it("is none when nothing is set", () => {
    expect(eventFilter({}, ME)).toBeNull();
    expect(eventFilter({ request: undefined, category: undefined }, ME)).toBeNull();
  });

  it.each<[EventFilters, Partial<EventTraits>, boolean]>([
    [{ request: "SF-7" }, {}, true],
    [{ request: "sf-7" }, {}, true],
    [{ request: "SF-70" }, {}, false],
    [{ category: "it" }, {}, true],
    [{ category: ["hr", "it"] }, {}, true],
    [{ category: "hr" }, {}, false],
    [{ assignee: "me" }, {}, true],
    [{ assignee: ME }, {}, true],
    [{ assignee: "me" }, { assigneeId: "usr_other" }, false],
    [{ assignee: "me" }, { assigneeId: null }, false],
    [{ assignee: "none" }, { assigneeId: null }, true],
    [{ assignee: "none" }, {}, false],
    [{ assignee: ["none", "usr_other"] }, { assigneeId: "usr_other" }, true],
    [{ concerning: "me" }, {}, false],
    [{ concerning: "me" }, { concernsReader: true }, true],
    [{ concerning: "me", category: "hr" }, { concernsReader: true }, false],
    [{ request: "SF-7", category: "it", assignee: "me" }, {}, true],
    [{ request: "SF-7", category: "it", assignee: "none" }, {}, false],
  ])("%j of an event with %j: %s", (input, traits, expected) => {
    expect(matches(input, traits)).toBe(expected);
  });

  it.each<EventFilters>([
    { request: "SF-7" },
    { category: "it" },
    { assignee: "none" },
    { concerning: "me" },
  ])("%j is not met by an event that belongs to no request", (input) => {
    expect(matches(input, null)).toBe(false);
  });
});

describe("where an event leaves its request", () => {
  const before = { category: "it", assigneeId: ME };
  it.each([
    ["a comment", {}, before],
    ["another title", { title: { from: "a", to: "b" } }, before],
    ["a move", { category: { from: "it", to: "hr" } }, { ...before, category: "hr" }],
    ["a release", { assigneeId: { from: ME, to: null } }, { ...before, assigneeId: null }],
    [
      "a start by another",
      { status: { from: "NEW", to: "IN_PROGRESS" }, assigneeId: { from: ME, to: "usr_other" } },
      { ...before, assigneeId: "usr_other" },
    ],
  ])("%s", (_, changes, after) => {
    expect(placeAfter(before, changes)).toEqual(after);
  });
});
