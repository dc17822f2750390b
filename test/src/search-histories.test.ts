import { type Background, createServices } from "@serviceflow/server";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES, testLog } from "./harness/databases.ts";
import { LONG } from "./harness/long-run.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const JOB = "index words for the search";
const STEPS = LONG ? 400 : 25;

const step = fc.record({
  at: fc.nat(2),
  kind: fc.constantFrom("edit" as const, "public" as const, "public" as const, "internal" as const),
  /** How many words it has besides, and whether they differ. */
  size: fc.constantFrom(0, 3, 3, 600, 900),
  differ: fc.boolean(),
});

/** Two words that stand in one text only, one after the other. */
type Pair = readonly [string, string];

interface Filed {
  id: string;
  text: Pair;
  isEdited: boolean;
  comments: Pair[];
  internal: Pair[];
}

describe.each(ENGINES)("words of long histories, on %s", (engine) => {
  let app: TestApp;
  let background: Background;
  let made = 0;

  const sql = <Row>(text: string, values: unknown[] = []) =>
    runSql<Row>(app.database.db, text, values);

  beforeAll(async () => {
    app = await openTestApp(engine);
    background = createServices(app.database.db, testLog).background;
  });
  afterAll(() => app.close());

  async function call(method: string, path: string, as: Person, body: object) {
    const answer = await app.call(method, path, { as, body });
    expect({ path, status: answer.status }).toEqual({
      path,
      status: expect.toSatisfy((is) => is < 300),
    });
    return answer.body;
  }
  const comment = (id: string, body: string, visibility = "PUBLIC") =>
    call("POST", `/requests/${id}/comments`, app.agent, { body, visibility });
  const file = async (title: string, description = ""): Promise<string> =>
    (await call("POST", "/requests", app.employee, { title, description })).id;
  const edit = (id: string, text: object) => call("PATCH", `/requests/${id}`, app.employee, text);

  async function search(q: string, as: Person = app.employee): Promise<string[]> {
    const { items } = (await app.call("GET", `/requests?q=${encodeURIComponent(q)}`, { as })).body;
    return items.map(({ id }: { id: string }) => id);
  }

  /** Has the job read all texts, as after an upgrade. */
  async function indexAgain() {
    await sql("delete from request_words");
    await sql("insert into words_due (kind, subject_id) select 'REQUEST', id from requests");
    while (await background.jobs.find(({ name }) => name === JOB)?.run());
    expect(await sql("select from words_due")).toEqual([]);
  }

  const words = (count: number, differ: boolean) => {
    made += 1;
    return Array.from(
      { length: count },
      (_, index) => `w${made}x${differ ? index : index % 50}`,
    ).join(" ");
  };
  const pair = (): Pair => {
    made += 1;
    return [`left${made}q`, `right${made}q`];
  };

  it("internal comments change nothing of what the requester finds", async () => {
    const id = await file("Blue tapir machine", "It squeaks");
    await comment(id, "first a saola");
    for (let each = 0; each < 8; each += 1)
      await comment(id, `${"xyz ".repeat(2_400)} ${words(20, true)}`, "INTERNAL");
    await comment(id, "then green wombats");
    await edit(id, { title: "Red tapir machine" });
    await comment(id, "later a purple narwhal", "INTERNAL");
    for (const build of [() => {}, indexAgain]) {
      await build();
      for (const q of [
        '"green wombats"',
        '"a saola"',
        '"red tapir"',
        "saola wombat",
        "squeaks -blue",
      ])
        expect({ q, found: await search(q) }).toEqual({ q, found: [id] });
      expect(await search('"purple narwhal"')).toEqual([]);
      expect(await search('"purple narwhal"', app.agent)).toEqual([id]);
      expect(await search('"green narwhal"', app.agent)).toEqual([]);
    }
  });

  it("phrases stay where they are, however often the text is edited", async () => {
    const id = await file("Drift", words(1_400, false));
    await comment(id, "orange gnu sleeps");
    for (let each = 0; each < 25; each += 1) await edit(id, { title: `Drift number ${each}` });
    expect(await search('"orange gnu"')).toEqual([id]);
    expect(await search('"drift number 24"')).toEqual([id]);
    for (let each = 0; each < 12; each += 1) {
      await comment(id, `remark${each}y follows`);
      await edit(id, { description: `${words(1_400, false)} ending ${each}` });
    }
    for (let each = 0; each < 12; each += 1)
      expect(await search(`"remark${each}y follows"`)).toEqual([id]);
    expect(await search('"ending 11"')).toEqual([id]);
    expect(await search('"ending 10"')).toEqual([]);
    expect(await search('"follows ending"')).toEqual([]);
  });

  it("are found alike, whether added one after the other or all at once", async () => {
    const filed: Filed[] = [];
    for (let each = 0; each < 3; each += 1) {
      const text = pair();
      const id = await file(`Witness ${text.join(" ")}`, words(300, true));
      filed.push({ id, text, isEdited: false, comments: [], internal: [] });
    }
    for (const { at, kind, size, differ } of fc.sample(step, STEPS)) {
      // The last one keeps its text.
      const request = filed[kind === "edit" ? at % 2 : at] as Filed;
      const text = pair();
      const long = `${words(size, differ)} ${text.join(" ")} ${words(2, true)}`;
      if (kind === "edit") {
        await edit(request.id, { title: `Witness ${text.join(" ")}`, description: long });
        request.text = text;
        request.isEdited = true;
      } else {
        await comment(request.id, long, kind.toUpperCase());
        (kind === "public" ? request.comments : request.internal).push(text);
      }
    }
    const rows = () =>
      sql(
        `select part, requests.number, last_comment_id, last_place, last_comment_place, words::text as words
         from request_words join requests on requests.id = request_id where requests.number = any($1)
         order by number, part`,
        [filed.filter(({ isEdited }) => !isEdited).map(({ id }) => Number(id.slice(3)))],
      );
    const added = await rows();
    await findAll();
    await indexAgain();
    expect(await rows()).toEqual(added);
    await findAll();
    const marked = await sql<{ several: boolean; marked: boolean }>(
      `select max(part) > 0 as several, bool_and(words @@ '''@m''') as marked, bool_or(words @@ '''@m''') as any_marked
       from request_words group by request_id`,
    );
    expect(marked.some(({ several }) => several)).toBe(true);
    for (const { several, ...all } of marked)
      expect(all).toEqual({ marked: several, any_marked: several });

    async function findAll() {
      for (const { id, text, comments, internal } of filed) {
        const seen = [text, ...comments];
        for (const [left, right] of seen) {
          await expectFound(app.employee, id, [`"${left} ${right}"`]);
          await expectFound(app.employee, null, [`"${right} ${left}"`]);
        }
        for (const [left, right] of internal) {
          await expectFound(app.agent, id, [`"${left} ${right}"`]);
          await expectFound(app.employee, null, [`"${left} ${right}"`, right]);
        }
      }
    }
    async function expectFound(as: Person, id: string | null, queries: string[]) {
      for (const q of queries)
        expect({ q, found: await search(q, as) }).toEqual({ q, found: id === null ? [] : [id] });
    }
  });
});
