import { describe, expect, it } from "vitest";
import { DomainError } from "../error.ts";
import { illegalTransition } from "./explain.ts";
import { REQUEST_RULES } from "./request-rules.ts";
import { isOpen, STATUSES, type Status } from "./status.ts";
import { isLegalTransition, moveBetween, TRANSITIONS } from "./transitions.ts";

const PAIRS: [Status, Status, boolean][] = [
  ["NEW", "NEW", false],
  ["NEW", "IN_PROGRESS", true],
  ["NEW", "DONE", false],
  ["NEW", "CANCELED", true],
  ["IN_PROGRESS", "NEW", false],
  ["IN_PROGRESS", "IN_PROGRESS", false],
  ["IN_PROGRESS", "DONE", true],
  ["IN_PROGRESS", "CANCELED", true],
  ["DONE", "NEW", false],
  ["DONE", "IN_PROGRESS", false],
  ["DONE", "DONE", false],
  ["DONE", "CANCELED", false],
  ["CANCELED", "NEW", false],
  ["CANCELED", "IN_PROGRESS", false],
  ["CANCELED", "DONE", false],
  ["CANCELED", "CANCELED", false],
];
const titled = PAIRS.map(([from, to, legal]) => ({
  title: `${legal ? "allows" : "refuses"} ${from} -> ${to}`,
  from,
  to,
  legal,
}));

describe("a transition", () => {
  it("is decided for every pair of statuses", () => {
    expect(STATUSES).toEqual(["NEW", "IN_PROGRESS", "DONE", "CANCELED"]);
    expect(new Set(PAIRS.map(([from, to]) => `${from} ${to}`)).size).toBe(STATUSES.length ** 2);
  });

  it.each(titled)("$title", ({ from, to, legal }) => {
    expect(isLegalTransition(from, to)).toBe(legal);
  });

  it.each<[Status, Status[]]>([
    ["NEW", ["IN_PROGRESS", "CANCELED"]],
    ["IN_PROGRESS", ["DONE", "CANCELED"]],
    ["DONE", []],
    ["CANCELED", []],
  ])("that is refused from %s names what can follow", (from, allowed) => {
    expect(illegalTransition(from, from).facts).toEqual({ allowed });
    expect(TRANSITIONS[from]).toEqual(allowed);
  });

  it.each<[Status, Status, string]>([
    ["NEW", "DONE", "NEW cannot become DONE: it can become IN_PROGRESS or CANCELED."],
    ["DONE", "IN_PROGRESS", "DONE cannot become IN_PROGRESS: no other status can follow."],
  ])("%s -> %s is refused in words", (from, to, detail) => {
    expect(illegalTransition(from, to).detail).toBe(detail);
  });

  it("that is refused answers 409", () => {
    expect(new DomainError("illegal_transition", "").status).toBe(409);
  });
});

describe("the action of a change of status", () => {
  it.each<[Status, Status, string | null]>([
    ["NEW", "IN_PROGRESS", "start"],
    ["IN_PROGRESS", "DONE", "finish"],
    ["NEW", "CANCELED", "cancel"],
    ["IN_PROGRESS", "CANCELED", "cancel"],
    ["DONE", "IN_PROGRESS", "start"],
    ["DONE", "CANCELED", "cancel"],
    ["DONE", "NEW", null],
  ])("%s -> %s is %s", (from, to, action) => {
    expect(moveBetween(from, to)).toBe(action);
  });

  it("is never one of two", () => {
    const moves = Object.entries(REQUEST_RULES).flatMap(([, rule]) =>
      "to" in rule ? rule.from.map((from) => `${from} -> ${rule.to}`) : [],
    );
    expect(moves).toEqual([...new Set(moves)]);
  });
});

describe("a request", () => {
  it.each<[Status, boolean]>([
    ["NEW", true],
    ["IN_PROGRESS", true],
    ["DONE", false],
    ["CANCELED", false],
  ])("that is %s is open: %s", (status, open) => {
    expect(isOpen(status)).toBe(open);
  });
});
