import { describe, expect, it } from "vitest";
import {
  endOfSession,
  idleEnd,
  type LiveSession,
  MAX_SESSIONS_PER_USER,
  type StartSessionFacts,
  startSession,
} from "./session.ts";

const NOW = "2026-03-02T08:00:00.000Z";
const at = (seconds: number) => new Date(Date.parse(NOW) + seconds * 1000).toISOString();
const DAY = 86_400;

const facts = (changes: Partial<StartSessionFacts> = {}): StartSessionFacts => ({
  id: "key_new",
  owner: { id: "usr_me", active: true, erasedAt: null },
  masked: { prefix: "sfs_abc", lastFour: "wxyz" },
  device: "Firefox on Linux",
  source: "API_KEY",
  scopes: ["requests:read"],
  parentId: "key_old",
  grantsUntil: null,
  live: [],
  bounds: { idleHours: 12, maxDays: 30 },
  keyBounds: { maxPerUser: 1, maxLifetimeDays: null },
  now: NOW,
  ...changes,
});

describe("a new session", () => {
  it.each<[string, Partial<StartSessionFacts>, string]>([
    ["after the days that are set", {}, at(30 * DAY)],
    ["with the key", { grantsUntil: at(60) }, at(60)],
    ["after its days, if the key lives longer", { grantsUntil: at(31 * DAY) }, at(30 * DAY)],
    [
      "after the lifetime of keys, if that is shorter",
      { keyBounds: { maxPerUser: 1, maxLifetimeDays: 7 } },
      at(7 * DAY),
    ],
    [
      "after its days, if keys live longer",
      { keyBounds: { maxPerUser: 1, maxLifetimeDays: 90 } },
      at(30 * DAY),
    ],
  ])("ends %s", (_, changes, end) => {
    expect(startSession(facts(changes)).next.session.expiresAt).toBe(end);
  });

  it.each([
    { active: false, erasedAt: null },
    { active: true, erasedAt: NOW },
  ])("is refused to an owner who is %j", (owner) => {
    expect(() => startSession(facts({ owner: { id: "usr_me", ...owner } }))).toThrow(
      /^unauthenticated/,
    );
  });

  const used = (id: number, lastUsed: number | null, created = 0): LiveSession => ({
    id: `key_${id}`,
    revokedAt: null,
    lastUsedAt: lastUsed === null ? null : at(lastUsed),
    createdAt: at(created),
  });
  const many = Array.from({ length: MAX_SESSIONS_PER_USER - 1 }, (_, i) => used(i, 100 + i));

  it.each<[string, LiveSession[], string[]]>([
    ["none", [], []],
    ["none while there is room", many, []],
    ["the one used least recently", [...many, used(77, 50)], ["key_77"]],
    ["the one created first, if none was used", [...many, used(77, null, -5)], ["key_77"]],
    [
      "the older of two that are too many",
      [...many, used(77, 50), used(78, 40)],
      ["key_78", "key_77"],
    ],
    ["none that has ended meanwhile", [...many, { ...used(77, 50), revokedAt: at(-1) }], []],
    ["the first of those as old", [...many, used(77, 50), used(78, 50)], ["key_77", "key_78"]],
  ])("ends %s", (_, live, ids) => {
    const decision = startSession(facts({ live }));
    expect(decision.next.ended.map(({ id }) => id)).toEqual(ids);
    const entries = decision.changed ? decision.entries : [];
    expect(entries.map(({ action, subject }) => [action, subject.id])).toEqual([
      ["api_key.issued", "key_new"],
      ...ids.map((id) => ["api_key.revoked", id]),
    ]);
  });
});

describe("the end of a session", () => {
  const none = { expiresAt: null, revokedAt: null, idleEndsAt: null, parentEndsAt: null };

  it.each([
    [none, null],
    [{ ...none, expiresAt: at(5) }, at(5)],
    [{ ...none, expiresAt: at(5), idleEndsAt: at(4) }, at(4)],
    [{ ...none, idleEndsAt: at(4), parentEndsAt: at(3) }, at(3)],
    [{ expiresAt: at(1), revokedAt: at(2), idleEndsAt: at(3), parentEndsAt: at(4) }, at(1)],
    [{ expiresAt: at(4), revokedAt: at(3), idleEndsAt: at(2), parentEndsAt: at(5) }, at(2)],
  ])("of %j is the earliest", (times, end) => {
    expect(endOfSession(times)).toBe(end);
  });

  it("is moved by a use, with a minute for those that are noted late", () => {
    expect(idleEnd({ idleHours: 12 }, NOW)).toBe(at(12 * 3600 + 60));
  });
});
