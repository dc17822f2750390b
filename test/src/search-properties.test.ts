import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { LONG } from "./harness/long-run.ts";
import { searchPages } from "./harness/search-pages.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const TITLES = LONG ? 2_000 : 40;
const ACTIONS = LONG ? 600 : 40;

const title = fc
  .string({
    unit: fc.constantFrom(..."abcdefgXYZ0123456789 -_.,:;!?'\"/\\@#&|()<>*+=~`äßёЖй打印プ한가éÅ€"),
    minLength: 2,
    maxLength: 60,
  })
  .map((text) => text.trim())
  .filter((text) => text.length > 1);

const WORDS = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"];
const word = fc.constantFrom(...WORDS);
const action = fc.oneof(
  fc.record({ kind: fc.constant("file" as const), by: fc.nat(2), word }),
  fc.record({ kind: fc.constant("edit" as const), at: fc.nat(), word }),
  fc.record({ kind: fc.constant("comment" as const), at: fc.nat(), word, internal: fc.boolean() }),
  fc.record({ kind: fc.constant("rename" as const), by: fc.nat(2), word }),
  fc.record({ kind: fc.constant("cancel" as const), at: fc.nat() }),
);

type Action = typeof action extends fc.Arbitrary<infer Each> ? Each : never;

interface Filed {
  id: string;
  by: Person;
  text: string;
  comments: Set<string>;
  internal: Set<string>;
  isOpen: boolean;
}

describe.each(ENGINES)("any history on %s", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  const search = (q: string, as: Person) => searchPages(app, q, as);

  it("finds each request by its title, and by each word of it", async () => {
    for (const text of fc.sample(title, TITLES)) {
      const filed = await app.call("POST", "/requests", {
        as: app.employee,
        body: { title: text },
      });
      if (filed.status === 422) continue;
      const { id, title: stored } = filed.body;
      expect({ stored, found: await search(stored, app.agent) }).toEqual({
        stored,
        found: expect.arrayContaining([id]),
      });
      const words = stored.split(/\s+/).filter((each: string) => /[\p{L}\p{N}]/u.test(each));
      const some = LONG ? words : words.slice(0, 2);
      for (const each of some) expect(await search(each, app.employee)).toContain(id);
    }
  });

  it("shows nobody what they may not see, and everybody all that they may", async () => {
    const people = [
      await app.addUser({ fullName: "Person alpha", email: "p1@example.com" }),
      await app.addUser({ fullName: "Person bravo", email: "p2@example.com" }),
      await app.addUser({ fullName: "Person charlie", email: "p3@example.com" }),
    ];
    const names = new Map(people.map(({ id, fullName }) => [id, fullName.split(" ")[1] as string]));
    const filed: Filed[] = [];
    for (const each of fc.sample(action, ACTIONS)) await play(each);
    for (const as of [app.agent, ...people]) {
      const isAgent = as === app.agent;
      for (const q of [...WORDS, ...WORDS.map((each) => `person -${each}`)]) {
        const [wanted, without] = q.startsWith("person") ? [null, q.slice(8)] : [q, null];
        const has = (request: Filed, each: string) =>
          request.text === each ||
          names.get(request.by.id) === each ||
          request.comments.has(each) ||
          (isAgent && request.internal.has(each));
        const expected = filed
          .filter(({ by }) => isAgent || by === as)
          .filter((each) => (wanted ? has(each, wanted) : !has(each, without as string)))
          .map(({ id }) => id);
        expect({ q, found: await search(`${q} witness`, as) }).toEqual({
          q,
          found: expected.toReversed(),
        });
      }
    }

    async function play(each: Action): Promise<void> {
      const at = filed.length > 0 && "at" in each ? filed[each.at % filed.length] : undefined;
      switch (each.kind) {
        case "file": {
          const by = people[each.by] as Person;
          const body = { title: `Witness ${each.word}` };
          const { id } = (await app.call("POST", "/requests", { as: by, body })).body;
          filed.push({
            id,
            by,
            text: each.word,
            comments: new Set(),
            internal: new Set(),
            isOpen: true,
          });
          return;
        }
        case "rename": {
          const { id } = people[each.by] as Person;
          const body = { fullName: `Person ${each.word}` };
          expect((await app.call("PATCH", `/users/${id}`, { as: app.admin, body })).status).toBe(
            200,
          );
          names.set(id, each.word);
          return;
        }
      }
      if (!at?.isOpen) return;
      const path = `/requests/${at.id}`;
      switch (each.kind) {
        case "edit": {
          const body = { title: `Witness ${each.word}` };
          expect((await app.call("PATCH", path, { as: app.admin, body })).status).toBe(200);
          at.text = each.word;
          return;
        }
        case "comment": {
          const body = { body: each.word, visibility: each.internal ? "INTERNAL" : "PUBLIC" };
          const { status } = await app.call("POST", `${path}/comments`, { as: app.agent, body });
          expect(status).toBe(201);
          (each.internal ? at.internal : at.comments).add(each.word);
          return;
        }
        case "cancel": {
          const body = { status: "CANCELED", reason: "No longer needed" };
          await app.call("PATCH", `${path}/status`, { as: app.admin, body });
          at.isOpen = false;
        }
      }
    }
  });
});
