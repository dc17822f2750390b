import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

/** What is typed, and what stands in a text. */
const FOUND: [typed: string, text: string][] = [
  ["shredder", "The copier/shredder is stuck"],
  ["petrova", "Mail from berta.petrova@example.com"],
  ["okapi", "Open quarterly_okapi.xlsx"],
  ["narwhal", "No space in /var/lib/narwhal"],
  ["zebrafish", "flickers.Zebrafish again"],
  ["0043", "Asset PX-0043"],
  ["99871", "See SF-99871"],
  ["5551234", "Call +49-30-5551234"],
  ["NB-00773", "Notebook NB 00773"],
  ["Heater won't start - urgent", "Heater won't start - urgent"],
  ["- quokka", "A quokka in the yard"],
  ["-0400", "Meeting at 10:00 -0400"],
  ["-1073741819", "Crash with -1073741819"],
  ["1073741819", "Crash with -1073741819"],
  ["https://intra.example.com/page/7", "Broken: https://intra.example.com/page/7"],
  ["srv-01", "<host><srv-01></host>"],
  ["NullPointerException", "java.lang.NullPointerException: null"],
  ["metastore", "org.apache.hive.HiveMetaStore is down"],
  ["空调", "三楼会议室的空调坏了"],
  ["故障", "プリンタが故障しました"],
  ["laminator", "The lami\u00ADnator is hot"],
  ["password", "My pass\u200Bword is lost"],
  ["ноутб", "Новый ноутбук"],
  ["schlussel", "Schlüssel verloren"],
  ["cafe", "Café is closed"],
  ["ёлка", "Елка во дворе"],
  ["еж", "Ёж живет в холле"],
  ["wombat\tpen", "The wombat pen is open"],
];

describe.each(ENGINES)("what people type, on %s", (engine) => {
  let app: TestApp;
  const ids = new Map<string, string>();

  async function file(title: string, as = app.employee, description = ""): Promise<string> {
    const { status, body } = await app.call("POST", "/requests", {
      as,
      body: { title, description },
    });
    expect({ title, status }).toEqual({ title, status: 201 });
    return body.id;
  }
  async function search(q: string, as: Person = app.agent): Promise<string[]> {
    const query = new URLSearchParams({ q, limit: "100" });
    const { status, body } = await app.call("GET", `/requests?${query}`, { as });
    expect({ q, status }).toEqual({ q, status: 200 });
    return body.items.map(({ id }: { id: string }) => id);
  }
  async function comment(id: string, body: string, visibility = "PUBLIC") {
    const { status } = await app.call("POST", `/requests/${id}/comments`, {
      as: app.agent,
      body: { body, visibility },
    });
    expect(status).toBe(201);
  }

  beforeAll(async () => {
    app = await openTestApp(engine);
    await file("Nothing that anybody looks for");
    for (const text of new Set(FOUND.map(([, text]) => text))) ids.set(text, await file(text));
  });
  afterAll(() => app.close());

  it.each(FOUND)("%s finds %j", async (typed, text) => {
    expect(await search(typed)).toEqual([ids.get(text)]);
    expect(await search(typed, app.employee)).toEqual([ids.get(text)]);
    expect(await search(text)).toEqual([ids.get(text)]);
  });

  it("finds the request first whose id or number is typed, and shows it once", async () => {
    const id = await file("Meant");
    const number = id.slice(3);
    const naming = await file(`Like ${id}`);
    for (const typed of [id, id.toLowerCase(), number]) {
      expect(await search(typed)).toEqual([id, naming]);
      const first = await app.call("GET", `/requests?limit=1&q=${typed}`, { as: app.agent });
      const cursor = first.body.nextCursor;
      const second = await app.call("GET", `/requests?limit=1&q=${typed}&cursor=${cursor}`, {
        as: app.agent,
      });
      expect([...first.body.items, ...second.body.items].map((each) => each.id)).toEqual([
        id,
        naming,
      ]);
      expect(second.body.nextCursor).toBeNull();
    }
    expect(await search(id, app.otherEmployee)).toEqual([]);
    const closed = await app.call("GET", `/requests?q=${id}&status=DONE`, { as: app.agent });
    expect(closed.body.items).toEqual([]);
  });

  it("answers an id in lower case, as it is written", async () => {
    const id = await file("In lower case");
    const { status, body } = await app.call("GET", `/requests/${id.toLowerCase()}`, {
      as: app.agent,
    });
    expect({ status, id: body.id }).toEqual({ status: 200, id });
  });

  it("finds public comments for all who see the request, internal ones only for agents", async () => {
    const id = await file("Commented upon");
    await comment(id, "The pangolin was seen in the attic");
    await comment(id, "Between us: an axolotl did it", "INTERNAL");
    expect(await search("pangolin")).toEqual([id]);
    expect(await search("commented pangolins", app.employee)).toEqual([id]);
    expect(await search("pangolin axolotl")).toEqual([id]);
    expect(await search("axolotl", app.employee)).toEqual([]);
    expect(await search("pangolin -axolotl", app.employee)).toEqual([id]);
    expect(await search("pangolin -axolotl")).toEqual([]);
    expect(await search("axol")).toEqual([id]);
    expect(await search("axol", app.employee)).toEqual([]);
    expect(await search('"an axolotl did it"')).toEqual([id]);
    expect(await search('"an axolotl did it"', app.employee)).toEqual([]);
    expect(await search("pangolin", app.otherEmployee)).toEqual([]);
  });

  it("finds comments still when the title is edited, and the old title no longer", async () => {
    const id = await file("Dromedary");
    await comment(id, "A capybara came along");
    await app.call("PATCH", `/requests/${id}`, { as: app.employee, body: { title: "Bactrian" } });
    expect(await search("dromedary")).toEqual([]);
    expect(await search("bactrian capybara")).toEqual([id]);
    await app.call("PATCH", `/requests/${id}`, { as: app.employee, body: { priority: "HIGH" } });
    await app.call("POST", `/requests/${id}/claim`, { as: app.agent });
    expect(await search("bactrian capybara")).toEqual([id]);
  });

  it("finds comments after any number of them, once", async () => {
    const id = await file("A long story");
    const word = (comment: number, nth: number) => `w${comment}x${nth}`;
    for (let each = 0; each < 6; each += 1) {
      const words = Array.from({ length: 900 }, (_, nth) => word(each, nth));
      await comment(id, `${words.join(" ")} refrain`);
    }
    for (let each = 0; each < 6; each += 1) expect(await search(word(each, 7))).toEqual([id]);
    expect(await search("refrain")).toEqual([id]);
    expect(await search("refrain", app.employee)).toEqual([id]);
  });

  it("finds requests by the name of their requester: the new one at once, the old or erased one never", async () => {
    const person = await app.addUser({
      fullName: "Wilhelmina Sørensen",
      email: "wilhelmina@example.com",
    });
    const id = await file("Filed by name", person);
    expect(await search("wilhelmina")).toEqual([id]);
    expect(await search("sorens")).toEqual([id]);
    expect(await search("filed wilhelmina")).toEqual([id]);
    expect(await search("filed -wilhelmina")).toEqual([]);
    const rename = await app.call("PATCH", `/users/${person.id}`, {
      as: app.admin,
      body: { fullName: "Philippa Okonkwo" },
    });
    expect(rename.status).toBe(200);
    expect(await search("wilhelmina")).toEqual([]);
    expect(await search("okonkwo")).toEqual([id]);
    expect(await search("okonkwo", app.employee)).toEqual([]);
    const erased = await app.call("POST", `/users/${person.id}/erase`, { as: app.admin });
    expect(erased.status).toBe(200);
    expect(await search("okonkwo")).toEqual([]);
    expect(await search("filed name")).toEqual([id]);
  });

  it("pages through all matches in order, each once", async () => {
    const filed: string[] = [];
    for (let each = 0; each < 7; each += 1) filed.push(await file(`Lemur number ${each}`));
    for (const as of [app.agent, app.employee]) {
      const seen: string[] = [];
      let cursor = "";
      do {
        const page = await app.call("GET", `/requests?q=lemurs&limit=3${cursor}`, { as });
        seen.push(...page.body.items.map(({ id }: { id: string }) => id));
        cursor = page.body.nextCursor && `&cursor=${page.body.nextCursor}`;
      } while (cursor);
      expect(seen).toEqual(filed.toReversed());
    }
    const list = await app.call("GET", "/requests?limit=1", { as: app.agent });
    const other = `/requests?q=lemur&cursor=${list.body.nextCursor}`;
    expect((await app.call("GET", other, { as: app.agent })).status).toBe(422);
  });

  it.each([
    "status=NEW",
    "status=NEW&status=DONE&priority=HIGH&priority=NORMAL",
    "category=general",
    "requester=me",
    "assignee=none",
    "createdFrom=2020-01-01T00:00:00Z&createdTo=2040-01-01T00:00:00Z",
    "updatedFrom=2020-01-01T00:00:00Z&updatedTo=2040-01-01T00:00:00Z",
  ])("combines with the filter %s", async (filter) => {
    const id = await file("Filtered aardvark");
    const { body } = await app.call("GET", `/requests?q=aardvark&limit=1&${filter}`, {
      as: app.employee,
    });
    expect(body.items.map((each: { id: string }) => each.id)).toEqual([id]);
    const none = await app.call(
      "GET",
      `/requests?q=aardvark&${filter}&category=rare`.replace("&category=general", ""),
      {
        as: app.employee,
      },
    );
    expect(none.body.items).toEqual([]);
  });
});
