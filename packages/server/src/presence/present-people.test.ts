import { describe, expect, it } from "vitest";
import { readMessage, toQuestion, toTexts } from "./messages.ts";
import { type Presence, PresentPeople } from "./present-people.ts";

const uuid = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;

function said(fields: Partial<Presence> & { user?: number } = {}): Presence {
  const { user = 1, ...rest } = fields;
  return {
    number: 7,
    keyUuid: uuid(user),
    userUuid: uuid(user),
    clientId: "window",
    state: "VIEWING",
    since: 0,
    saidAt: 0,
    follows: false,
    ...rest,
  };
}

describe("what was said", () => {
  it.each<[string, [Partial<Presence>, number][], string[]]>([
    ["holds for 30 s", [[{}, 0]], ["VIEWING"]],
    [
      "counts as it was said last",
      [
        [{ saidAt: 2 }, 2],
        [{ saidAt: 1, state: "LEFT" }, 3],
      ],
      ["VIEWING"],
    ],
    [
      "does not bring back who has left",
      [
        [{ saidAt: 2, state: "LEFT" }, 2],
        [{ saidAt: 1 }, 3],
      ],
      [],
    ],
    [
      "brings back who has come again",
      [
        [{ saidAt: 1, state: "LEFT" }, 2],
        [{ saidAt: 2 }, 3],
      ],
      ["VIEWING"],
    ],
    [
      "is that of each window",
      [
        [{}, 0],
        [{ clientId: "b", state: "WRITING" }, 0],
      ],
      ["VIEWING", "WRITING"],
    ],
  ])("%s", (_, order, states) => {
    const people = new PresentPeople();
    for (const [fields, now] of order) people.put(said(fields), now, true);
    expect(people.on(7, 29_999).map(({ state }) => state)).toEqual(states);
    expect(people.on(7, 31_000)).toEqual([]);
  });

  it("names requests on which something has changed, and no others", () => {
    const people = new PresentPeople();
    expect(people.put(said(), 0, true)).toEqual([7]);
    expect(people.put(said({ saidAt: 1 }), 1, true)).toEqual([]);
    expect(people.put(said({ saidAt: 2, follows: true }), 2, true)).toEqual([7]);
    expect(people.put(said({ saidAt: 3, state: "LEFT" }), 3, true)).toEqual([7]);
    expect(people.put(said({ saidAt: 4, state: "LEFT" }), 4, true)).toEqual([]);
    expect(people.expire(30_003)).toEqual([]);
    expect(people.put(said({ saidAt: 5 }), 5, true)).toEqual([7]);
    expect(people.expire(30_005)).toEqual([7]);
    expect(people.size).toBe(0);
  });

  it("goes on since it began", () => {
    const people = new PresentPeople();
    people.put(said({ since: 5, saidAt: 5 }), 5, true);
    expect(people.sinceOf(said({ saidAt: 9 }))).toBe(5);
    expect(people.sinceOf(said({ saidAt: 9, state: "WRITING" }))).toBe(9);
    expect(people.sinceOf(said({ saidAt: 40_000 }))).toBe(40_000);
  });

  it("stays while the user passes through many others", () => {
    const people = new PresentPeople();
    people.put(said(), 0, true);
    for (let number = 10; number < 60; number += 1) {
      people.put(said({ number }), number, true);
      people.put(said({ number, saidAt: number, state: "LEFT" }), number, true);
    }
    expect([people.on(7, 60).length, people.size]).toEqual([1, 20]);
  });

  it("takes no more room than it may, no matter who fills it", () => {
    const people = new PresentPeople();
    for (let number = 1; number <= 1_000; number += 1) people.put(said({ number }), 0, true);
    expect(people.size).toBe(20);
    expect(people.on(981, 0).length).toBe(1);
    expect(people.on(980, 0).length).toBe(0);
    for (let user = 2; user <= 1_000; user += 1) people.put(said({ user, number: 5 }), 0, false);
    expect(people.on(5, 0).length).toBe(100);
    for (let user = 1_001; user <= 3_000; user += 1) {
      for (let window = 0; window < 20; window += 1) {
        people.put(said({ user, number: user * 20 + window }), 0, false);
      }
    }
    expect(people.size).toBe(20_000);
    expect(people.put(said({ user: 3_001, number: 1 }), 0, true)).toEqual([]);
    people.expire(30_000);
    expect(people.size).toBe(0);
  });
});

describe("a message between processes", () => {
  it("says the same at the other end, and fits into a notification", () => {
    const all = Array.from({ length: 300 }, (_, n) =>
      said({
        user: n,
        number: n + 1,
        clientId: "abcdefghijk",
        state: "LEFT",
        since: 1e12,
        saidAt: 2e12,
      }),
    );
    const texts = toTexts("me", all);
    expect(Math.max(...texts.map((text) => Buffer.byteLength(text)))).toBeLessThan(8_000);
    expect(texts.length).toBeLessThan(10);
    expect(texts.flatMap((text) => readMessage(text)?.said)).toEqual(all);
    expect(readMessage(toQuestion("me"))).toEqual({ from: "me", said: [], asks: true });
  });

  it.each(["", "null", "[]", "{", '{"v":2,"from":"me","said":[]}', '{"v":1,"said":[]}'])(
    "is ignored if it is %s",
    (text) => {
      expect(readMessage(text)).toBeNull();
    },
  );

  it.each([
    [["7", uuid(1), uuid(1), "w", 1, 0, 0, 0]],
    [[7, "x", uuid(1), "w", 1, 0, 0, 0]],
    [[7, uuid(1), uuid(1), 3, 1, 0, 0, 0]],
    [[7, uuid(1), uuid(1), "w", 9, 0, 0, 0]],
    [[7, uuid(1), uuid(1), "w", 1, null, 0, 0]],
    ["row"],
  ])("is ignored where it says %j", (row) => {
    expect(readMessage(JSON.stringify({ v: 1, from: "me", said: [row] }))?.said).toEqual([]);
  });
});
