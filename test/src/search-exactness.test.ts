import { toUuid } from "@serviceflow/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { runSql } from "./harness/raw-sql.ts";
import { searchPages } from "./harness/search-pages.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const LETTERS = [..."abcdefghijklmnopqrstuvwxyz"];
const PAIRS = LETTERS.flatMap((one) => LETTERS.map((other) => one + other));

/** As the writes would have left them: 2,100 requests by one person, newer than all others. */
const FILL = `
  with filled as (
    select gen_random_uuid() as id, 1000000 + i as number, i from generate_series(1, 2100) as i),
  worded as (
    insert into request_words (request_id, part, number, version, words)
    select id, 0, number, 1, format('''filler'':1A %L %L %L %L', '@a' || (number >> 10), '@b' || (number >> 13),
      '@c' || (number >> 16), '@r' || replace($1, '-', ''))::tsvector from filled)
  insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
    version, created_at, updated_at)
  select id, number, 'Filler', '', 'NEW', 'NORMAL', 'general', $1::uuid, $1::uuid, 1, now(), now() from filled`;

describe.each(ENGINES)("what a search finds, on %s,", (engine) => {
  let app: TestApp;

  async function file(title: string, as: Person, description = ""): Promise<string> {
    const body = { title, description };
    const filed = await app.call("POST", "/requests", { as, body });
    expect({ title, status: filed.status }).toEqual({ title, status: 201 });
    return filed.body.id;
  }
  const search = (q: string, as: Person, limit?: number) => searchPages(app, q, as, limit);
  async function comment(id: string, body: string, visibility = "PUBLIC") {
    const as = app.agent;
    const { status } = await app.call("POST", `/requests/${id}/comments`, {
      as,
      body: { body, visibility },
    });
    expect(status).toBe(201);
  }

  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  it("tells nobody by a beginning which words others have written", async () => {
    await file("Confidential: xylocopter purchase", app.admin);
    const { employee, agent } = app;
    const bot = await app.addUser({ fullName: "Bot", email: "bot@example.com", kind: "BOT" });
    for (const prefix of ["xyloco", "wylocop"]) {
      const words = PAIRS.slice(0, 59).map((pair) => `${prefix}q${pair}qqqq`);
      for (const as of [employee, bot]) {
        const first = await file("Probe", as, words.join(" "));
        const second = await file("Another probe", as, `${prefix}zzzzzzz`);
        expect(await search(prefix, as)).toEqual([second, first]);
        expect(await search(prefix, agent)).toContain(second);
      }
    }
  });

  it("is the same however many words others write with that beginning", async () => {
    const { employee, otherEmployee, agent } = app;
    const id = await file("Quokkatron stopped working", employee);
    const internal = await file("Of another kind", employee);
    await comment(internal, "It is a quokkazoid", "INTERNAL");
    for (const as of [employee, agent]) expect(await search("quokkat", as)).toEqual([id]);
    expect(await search("quokk", agent)).toEqual([internal, id]);
    const words = PAIRS.slice(0, 416).map((pair) => `quokk${pair}`);
    const flood = await file("Flood", otherEmployee, words.join(" "));
    expect(await search("quokk", employee)).toEqual([id]);
    expect(await search("working quokk", employee)).toEqual([id]);
    expect(await search("quokk", otherEmployee)).toEqual([flood]);
    expect(await search("quokk", agent)).toEqual([flood, internal, id]);
    expect(await search("working quokk", agent)).toEqual([id]);
    expect(await search("eve quokk", agent)).toEqual([internal, id]);
    expect(await search("stopped -flood quokk", agent)).toEqual([id]);
  });

  it("does not depend on how many comments a request has", async () => {
    const { employee, agent } = app;
    const id = await file("Partstitle forbiddenword", employee);
    const other = await file("Partstitle alone", employee);
    for (const part of ["one", "two"]) {
      const words = PAIRS.concat(PAIRS.map((pair) => `${pair}x`)).slice(0, 1_300);
      await comment(id, words.map((word) => `${part}${word}`).join(" "));
    }
    await comment(id, "latecommentword -minusword");
    await comment(id, "betweenus", "INTERNAL");
    for (const as of [employee, agent]) {
      expect(await search("partstitle latecommentword", as)).toEqual([id]);
      expect(await search("latecommentword partstitle oneab twocd", as)).toEqual([id]);
      expect(await search("latecommentword partst", as)).toEqual([id]);
      expect(await search("partstitle latecomm", as)).toEqual([id]);
      expect(await search("partstitle latecommentword oneabsent", as)).toEqual([]);
      expect(await search("latecommentword -forbiddenword", as)).toEqual([]);
      expect(await search("partstitle -latecommentword", as)).toEqual([other]);
      expect(await search("-latecommentword", as)).not.toContain(id);
      expect(await search("-latecommentword", as)).toContain(other);
      expect(await search("partstitle -minusword", as)).toEqual([other, id]);
      expect(await search('"partstitle forbiddenword" latecommentword', as)).toEqual([id]);
      expect(await search('"partstitle latecommentword"', as)).toEqual([]);
      const filtered = await app.call(
        "GET",
        "/requests?q=partstitle%20latecommentword&requester=me",
        { as: employee },
      );
      expect(filtered.body.items.map((item: { id: string }) => item.id)).toEqual([id]);
    }
    expect(await search("eve latecommentword forbiddenword", agent)).toEqual([id]);
    expect(await search("betweenus partstitle", agent)).toEqual([id]);
    expect(await search("betweenus partstitle", employee)).toEqual([]);
    expect(await search("partstitle -betweenus", employee)).toEqual([other, id]);
  });

  it("is found by a whole name, however many have a part of it", async () => {
    const { db } = app.database;
    const add = (email: string, fullName: string) => app.addUser({ email, fullName });
    const person = await add("annabella@example.com", "Annabella Ivanovskaya");
    const id = await file("Chair", person);
    await runSql(
      db,
      `with added as (
         insert into users (id, email, full_name, role, kind, created_at)
         select gen_random_uuid(), 'namesake' || i || '@example.com', 'Namesake', 'EMPLOYEE', 'HUMAN', now()
         from generate_series(1, 160) as i returning id, email)
       insert into user_words (word, user_id)
       select case when row_number() over (order by email) % 2 = 0 then 'annabella' else 'ivanovskaya' end, id
       from added`,
    );
    expect(await search("Annabella Ivanovskaya", app.agent)).toEqual([id]);
    expect(await search("chair annabella ivanov", app.agent)).toEqual([id]);
    expect(await search("chair annabella", person)).toEqual([id]);
  });

  it.each(["2147483648", "q2147483648", "q0", "1042", "x1042", "q", "q10420000000"])(
    "does not go on from %j",
    async (position) => {
      const cursor = Buffer.from(position).toString("base64url");
      const path = `/requests?q=desk&cursor=${cursor}`;
      const { status, body } = await app.call("GET", path, { as: app.agent });
      const codes = body.errors?.map(({ code }: { code: string }) => code);
      expect({ status, codes }).toEqual({ status: 422, codes: ["invalid_cursor"] });
    },
  );

  it("is every request with a common beginning, over pages, among many newer requests", async () => {
    const { employee, otherEmployee, agent } = app;
    const rare = await file("Okapi", otherEmployee);
    const filed: string[] = [];
    for (let each = 0; each < 70; each += 1) {
      filed.unshift(await file(`Gnu${PAIRS[each]} in the yard`, employee));
    }
    await comment(filed[3] ?? "", "An emu joins them", "INTERNAL");
    await runSql(app.database.db, FILL, [toUuid("user", otherEmployee.id)]);
    for (const as of [employee, agent]) {
      expect(await search("gnu", as, 30)).toEqual(filed);
      expect(await search("yard gnu", as, 30)).toEqual(filed);
      expect(await search("gnu -yard", as)).toEqual([]);
      expect(await search('"in the" gnu', as, 30)).toEqual(filed);
    }
    for (const as of [otherEmployee, agent]) expect(await search("okap", as)).toEqual([rare]);
    expect(await search("emu gnu", agent)).toEqual([filed[3]]);
    expect(await search("emu gnu", employee)).toEqual([]);
  });
});
