import { describe, expect, it } from "vitest";
import { firstNew, newSince } from "./read-since.ts";

const ME = "usr_me";
const entry = (by: string | null, occurredAt: string) => ({
  actor: by === null ? null : { id: by, fullName: by },
  occurredAt,
});
const turn = (id: string, at: string, by = "usr_other") => ({ id, at, by: { id: by } });

describe("a request is new", () => {
  it.each([
    ["to somebody who has never seen it, as a whole", null, [entry("usr_a", "1")], undefined],
    ["since it was read", "5", [entry("usr_a", "1")], "5"],
    ["since one's last turn", null, [entry(ME, "3"), entry(ME, "2")], "3"],
    ["since the later of both, the turn", "2", [entry(ME, "3")], "3"],
    ["since the later of both, the reading", "4", [entry(ME, "3")], "4"],
    ["regardless of what the server itself has done", null, [entry(null, "3")], undefined],
  ])("%s", (_, readUpTo, history, since) => {
    expect(newSince(readUpTo, history, ME)).toBe(since);
  });
});

describe("the mark of what is new", () => {
  it.each([
    ["stands before the first turn after it", "1", [turn("a", "1"), turn("b", "2")], "b"],
    ["passes one's own turns", "1", [turn("a", "1"), turn("b", "2", ME), turn("c", "3")], "c"],
    ["is absent when nothing came after", "9", [turn("a", "1"), turn("b", "2")], undefined],
    ["is absent when everything is new", "0", [turn("a", "1"), turn("b", "2")], undefined],
    ["is absent for somebody who has read nothing", undefined, [turn("a", "1")], undefined],
  ])("%s", (_, since, turns, id) => {
    expect(firstNew(turns, since, ME)).toBe(id);
  });
});
