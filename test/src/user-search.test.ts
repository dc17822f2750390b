import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { expectInvalid } from "./harness/problem.ts";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

const PEOPLE = [
  "Ada Lovelace",
  "Adam Smith-Jones",
  "Grace Hopper",
  "Zoë Adamczyk",
  "Пётр Чайковский",
  "Sam O'Brien",
];

const SEARCHES: [q: string, names: string[]][] = [
  ["ada", ["Ada Admin", "Ada Lovelace", "Adam Smith-Jones", "Zoë Adamczyk"]],
  ["ADA love", ["Ada Lovelace"]],
  ["jon ad", ["Adam Smith-Jones"]],
  ["smith-j", ["Adam Smith-Jones"]],
  ["zoe", ["Zoë Adamczyk"]],
  ["петр", ["Пётр Чайковский"]],
  ["brien", ["Sam O'Brien"]],
  ["opper", []],
  ["ada hopper", []],
  ["%", []],
  ["lovelace@", []],
];

describe.each(ENGINES)("a search for users on %s", (engine) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await openTestApp(engine);
    for (const [index, fullName] of PEOPLE.entries()) {
      await app.addUser({ fullName, email: `person${index}@example.com` });
    }
    const gone = await app.addUser({ fullName: "Ada Gone", email: "gone@example.com" });
    await app.call("PATCH", `/users/${gone.id}`, { as: app.admin, body: { active: false } });
  });
  afterAll(() => app.close());

  const search = (q: string, as = app.agent) =>
    app.call("GET", `/users/search?q=${encodeURIComponent(q)}`, { as });

  it.each(SEARCHES)("for %j finds %j", async (q, names) => {
    const { status, body } = await search(q);
    expect(status).toBe(200);
    expect(body.items.map(({ fullName }: { fullName: string }) => fullName)).toEqual(names);
    expect(body.items.filter(({ email }: { email: unknown }) => email !== null)).toEqual([]);
  });

  it("finds one by the whole address, in any spelling, and answers it", async () => {
    const { body } = await search(" Person2@Example.COM ");
    expect(body.items).toEqual([
      {
        id: expect.any(String),
        fullName: "Grace Hopper",
        email: "person2@example.com",
        role: null,
      },
    ]);
    expect((await search("gone@example.com")).body.items).toEqual([]);
    expect((await search("person2@example.co")).body.items).toEqual([]);
  });

  it("finds those of some roles, and says whose role the caller may view", async () => {
    const roles = async (query: string, as = app.agent) => {
      const { body } = await app.call("GET", `/users/search?${query}`, { as });
      return body.items.map(({ fullName, role }: { fullName: string; role: string | null }) => [
        fullName,
        role,
      ]);
    };
    expect(await roles("q=ad&role=ADMIN")).toEqual([["Ada Admin", "ADMIN"]]);
    expect(await roles("q=ada&role=AGENT&role=ADMIN")).toEqual([["Ada Admin", "ADMIN"]]);
    expect(await roles("q=lovelace&role=AGENT")).toEqual([]);
    expect(await roles("q=lovelace&role=EMPLOYEE")).toEqual([["Ada Lovelace", null]]);
    expect(await roles("q=lovelace&role=EMPLOYEE", app.admin)).toEqual([
      ["Ada Lovelace", "EMPLOYEE"],
    ]);
    expect(await roles("q=person2@example.com&role=AGENT")).toEqual([]);
  });

  it("is for those who may file for others", async () => {
    const bot = await app.addUser({ fullName: "Mail", kind: "BOT", email: "bot@example.com" });
    expect((await search("hopper", bot)).body.items).toHaveLength(1);
    expect((await search("hopper", app.admin)).body.items).toHaveLength(1);
    const asked = await app.call("GET", "/users/search?q=hopper&role=AGENT", { as: bot });
    expectInvalid(asked, [{ pointer: "/role", code: "not_allowed" }]);
    expect((await search("hopper", app.employee)).status).toBe(403);
    expect((await search("nobody", app.employee)).status).toBe(403);
  });
});
