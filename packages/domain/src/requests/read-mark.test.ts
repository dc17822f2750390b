import { describe, expect, it } from "vitest";
import type { Role } from "../rules/roles.ts";
import { isUnread, markRead, markUnread, UNMARKED } from "./read-mark.ts";

const NOW = "2026-03-02T09:30:00.000Z";
const EARLIER = "2026-03-02T09:29:59.999Z";
const BEFORE = "2026-03-01T08:00:00.000Z";
const READ = { ...UNMARKED, readUpTo: BEFORE };
const PUBLICLY = { ...READ, unread: true };
const INTERNALLY = { ...READ, unreadInternally: true };
const BOTH = { ...READ, unread: true, unreadInternally: true };
const MARKS = { READ, PUBLICLY, INTERNALLY, BOTH };
type Mark = keyof typeof MARKS;

describe("a request", () => {
  it.each<[Mark, Role, boolean]>([
    ["READ", "ADMIN", false],
    ["READ", "AGENT", false],
    ["READ", "EMPLOYEE", false],
    ["PUBLICLY", "ADMIN", true],
    ["PUBLICLY", "AGENT", true],
    ["PUBLICLY", "EMPLOYEE", true],
    ["INTERNALLY", "ADMIN", true],
    ["INTERNALLY", "AGENT", true],
    ["INTERNALLY", "EMPLOYEE", false],
    ["BOTH", "EMPLOYEE", true],
  ])("with the mark %s is unread for %s: %s", (mark, role, expected) => {
    expect(isUnread(MARKS[mark], { role })).toBe(expected);
  });

  it.each<[Mark, Role, string | undefined, Mark | null]>([
    ["BOTH", "AGENT", undefined, "READ"],
    ["BOTH", "AGENT", NOW, "READ"],
    ["BOTH", "AGENT", EARLIER, null],
    ["INTERNALLY", "AGENT", undefined, "READ"],
    // What an employee cannot see stays unread, should they become an agent.
    ["BOTH", "EMPLOYEE", undefined, "INTERNALLY"],
    ["INTERNALLY", "EMPLOYEE", undefined, null],
    ["READ", "AGENT", undefined, null],
  ])("with the mark %s is read by %s up to %s: %s", (mark, role, lastActivityAt, expected) => {
    const facts = { caller: { role }, lastActivityAt: NOW };
    expect(markRead(MARKS[mark], { lastActivityAt }, facts)).toEqual(
      expected === null
        ? { changed: false, next: MARKS[mark] }
        : { changed: true, next: { ...MARKS[expected], readUpTo: NOW }, entries: [] },
    );
  });

  it.each<[Mark, Role, Mark | null]>([
    ["READ", "EMPLOYEE", "PUBLICLY"],
    ["INTERNALLY", "EMPLOYEE", "BOTH"],
    ["INTERNALLY", "AGENT", null],
    ["PUBLICLY", "AGENT", null],
  ])("with the mark %s is made unread by %s: %s", (mark, role, expected) => {
    expect(markUnread(MARKS[mark], { role })).toEqual(
      expected === null
        ? { changed: false, next: MARKS[mark] }
        : { changed: true, next: MARKS[expected], entries: [] },
    );
  });
});
