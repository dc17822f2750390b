import { categoryName, ServiceFlow } from "@serviceflow/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

describe.each(ENGINES)("languages and time zones on %s", (engine) => {
  let app: TestApp;
  const as = ({ key }: Pick<Person, "key">) =>
    new ServiceFlow({ baseUrl: "http://test", apiKey: key, fetch: app.fetch });
  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  const changesOf = async (id: string, action: string) => {
    const path = `/audit-logs?subject=${id}&action=${action}`;
    const { body } = await app.call("GET", path, { as: app.admin });
    return body.items.map(({ changes }: { changes: unknown }) => changes);
  };
  const isStateProven = async () =>
    (await app.call("GET", "/audit-logs/verify?state=true", { as: app.admin })).body.state.matches;

  describe("of a user", () => {
    it("are set by themselves, shown to them and recorded", async () => {
      const { call, employee } = app;
      const before = await call("GET", "/users/me", { as: employee });
      expect(before.body).toMatchObject({ locale: null, timeZone: null });
      const set = await call("PATCH", "/users/me", {
        as: employee,
        body: { locale: "de-at", timeZone: "europe/vienna" },
      });
      const expected = { locale: "de-AT", timeZone: "Europe/Vienna" };
      expect(set.body).toMatchObject({ id: employee.id, ...expected, version: 2 });
      expect((await call("GET", "/users/me", { as: employee })).body).toMatchObject(expected);
      const cleared = await as(employee).users.updateMe({ locale: null }, { ifVersion: 2 });
      expect(cleared).toMatchObject({ locale: null, timeZone: "Europe/Vienna", version: 3 });
      expect(await changesOf(employee.id, "user.updated")).toEqual([
        { locale: { from: "de-AT", to: null } },
        {
          locale: { from: null, to: "de-AT" },
          timeZone: { from: null, to: "Europe/Vienna" },
        },
      ]);
      const stale = as(employee).users.updateMe({ locale: "ru" }, { ifVersion: 2 });
      await expect(stale).rejects.toMatchObject({ code: "precondition_failed" });
    });

    it.each([
      [{ locale: "de_AT" }, "/locale", "invalid_format", /BCP 47/],
      [{ locale: "" }, "/locale", "invalid_format", /BCP 47/],
      [{ timeZone: "Vienna" }, "/timeZone", "unknown", /IANA/],
      [{ timeZone: "+02:00" }, "/timeZone", "unknown", /IANA/],
      [{ fullName: "Me" }, "/fullName", "unknown_field", /Unknown/],
    ])("are refused in words: %j", async (body, pointer, code, detail) => {
      const answer = await app.call("PATCH", "/users/me", { as: app.agent, body });
      expectInvalid(answer, [{ pointer, code }]);
      expect(answer.body.errors[0].detail).toMatch(detail);
    });

    it("are set by administrators for others, and by nobody else", async () => {
      const { call, admin, agent, otherAgent } = app;
      const path = `/users/${otherAgent.id}`;
      const body = { locale: "ru" };
      expectProblem(await call("PATCH", path, { as: agent, body }), "forbidden");
      expect((await call("PATCH", path, { as: otherAgent, body })).body.locale).toBe("ru");
      const updated = await as(admin).users.update(otherAgent.id, { timeZone: "Asia/Kolkata" });
      expect(updated).toMatchObject({ locale: "ru", timeZone: "Asia/Kolkata" });
      const narrow = await as(agent).apiKeys.issue({ name: "Reader", scopes: ["requests:read"] });
      const refused = as({ key: narrow.apiKey }).users.updateMe({ locale: "ru" });
      await expect(refused).rejects.toMatchObject({ code: "insufficient_scope" });
    });

    it("are forgotten with a user who is erased", async () => {
      const fields = { fullName: "Gone", email: "gone@example.com", locale: "fr" };
      const { id } = await app.addUser({ ...fields, timeZone: "Europe/Paris" });
      expect(await isStateProven()).toBe(true);
      const erased = await app.call("POST", `/users/${id}/erase`, { as: app.admin });
      expect(erased.body).toMatchObject({ locale: null, timeZone: null });
      const [created] = await changesOf(id, "user.created");
      expect(created).toMatchObject({
        locale: { to: "[erased]" },
        timeZone: { to: "[erased]" },
      });
      expect(await isStateProven()).toBe(true);
    });
  });

  describe("of a category", () => {
    it("are names beside its name", async () => {
      const sf = as(app.admin);
      const names = { "zh-hant": " 差旅 ", ru: "Командировки" };
      const made = await sf.categories.create({ slug: "travel", name: "Travel", names });
      expect(made.names).toEqual({ "zh-Hant": "差旅", ru: "Командировки" });
      const { items } = await as(app.employee).categories.list();
      const found = items.find(({ slug }) => slug === "travel");
      expect(found).toEqual(made);
      expect(items.find(({ slug }) => slug === "general")?.names).toEqual({});
      expect(categoryName(made, "ru-RU")).toBe("Командировки");
      expect(categoryName(made, "de")).toBe("Travel");
    });

    it("are replaced as a whole, and recorded", async () => {
      const change = (names: object) =>
        app.call("PATCH", "/categories/travel", { as: app.admin, body: { names } });
      expect((await change({ fr: "Voyages" })).body).toMatchObject({
        names: { fr: "Voyages" },
        version: 2,
      });
      expect((await change({ fr: "Voyages" })).body.version).toBe(2);
      expect((await change({})).body).toMatchObject({ name: "Travel", names: {}, version: 3 });
      expect(await changesOf("travel", "category.updated")).toEqual([
        { names: { from: { fr: "Voyages" }, to: null } },
        {
          names: { from: { "zh-Hant": "差旅", ru: "Командировки" }, to: { fr: "Voyages" } },
        },
      ]);
      expect(await isStateProven()).toBe(true);
    });

    it.each([
      [{ de_AT: "Reisen" }, "/names/de_AT", "invalid_format"],
      [{ de: "\u200B" }, "/names/de", "no_visible_character"],
      [{ de: 7 }, "/names/de", "invalid_type"],
      [["Reisen"], "/names", "invalid_type"],
    ])("are refused: %j", async (names, pointer, code) => {
      const body = { slug: "refused", name: "Refused", names };
      const answer = await app.call("POST", "/categories", { as: app.admin, body });
      expectInvalid(answer, [{ pointer, code }]);
    });
  });
});

it.each(ENGINES)(
  "a key sees what it may do, until when and as which user on %s",
  async (engine) => {
    const app = await openTestApp(engine);
    try {
      const { agent, fetch } = app;
      const expiresAt = "2199-01-01T00:00:00.000Z";
      const body = { name: "Reader", scopes: ["requests:write"], expiresAt };
      const { apiKey, ...issued } = (
        await app.call("POST", "/users/me/api-keys", { as: agent, body })
      ).body;
      const user = { id: agent.id, fullName: agent.fullName };
      const asked = await app.call("GET", "/api-keys/current", { as: { ...agent, key: apiKey } });
      expect({ status: asked.status, ...asked.body }).toEqual({
        status: 200,
        ...issued,
        effectiveScopes: ["requests:read", "requests:write"],
        lastUsedAt: asked.body.lastUsedAt,
        user,
      });
      const sf = new ServiceFlow({ baseUrl: "http://test", apiKey, fetch });
      expect(await sf.apiKeys.current()).toMatchObject({ id: issued.id, expiresAt, user });
      await sf.apiKeys.current();
      expectProblem(await app.call("GET", "/api-keys/current"), "unauthenticated");
    } finally {
      await app.close();
    }
  },
);
