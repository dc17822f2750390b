import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { ENGINES, freshPostgres } from "./harness/databases.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

describe.each(ENGINES)("the default category on %s", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine, { defaultCategory: "help-desk" });
    const body = { slug: "help-desk", name: "Help desk" };
    expect((await app.call("POST", "/categories", { as: app.admin, body })).status).toBe(201);
  });
  afterAll(() => app.close());

  const file = (body: object = {}) =>
    app.call("POST", "/requests", { as: app.employee, body: { title: "No category", ...body } });
  const change = (slug: string, body: object) =>
    app.call("PATCH", `/categories/${slug}`, { as: app.admin, body });

  it("is that of requests that name none", async () => {
    expect((await file()).body.category).toBe("help-desk");
    expect((await file({ category: "general" })).body.category).toBe("general");
  });

  it("cannot be retired, while any other can", async () => {
    const refused = await change("help-desk", { active: false });
    expectProblem(refused, "category_is_default");
    expect(refused.body.detail).toContain("DEFAULT_CATEGORY");
    expect((await change("help-desk", { name: "Help", active: true })).status).toBe(200);
    expect((await change("general", { active: false })).body.active).toBe(false);
    expectInvalid(await file({ category: "general" }), [{ pointer: "/category", code: "unknown" }]);
  });

  it("must be named in its place once it is retired all the same", async () => {
    const set = (active: boolean) =>
      runSql(app.database.db, "update categories set active = $1 where slug = 'help-desk'", [
        active,
      ]);
    await set(false);
    const refused = await file();
    expectInvalid(refused, [{ pointer: "/category", code: "required" }]);
    expect(refused.body.errors[0].detail).toContain("help-desk");
    await set(true);
    expect((await file()).status).toBe(201);
  });
});

describe("a server whose default category does not exist", () => {
  afterAll(killProcesses);

  it("does not start, and the doctor says why", async () => {
    const { url, drop } = await freshPostgres();
    try {
      const settings = { DATABASE_URL: url, DEFAULT_CATEGORY: "help-desk" };
      const [served, examined] = await Promise.all([
        ServerProcess.run(settings, "serve"),
        ServerProcess.run(settings, "doctor"),
      ]);
      expect(served).toMatchObject({ code: 1, stdout: "" });
      expect(served.stderr).toMatch(
        /DEFAULT_CATEGORY is help-desk, but there is no such category\. Start with/,
      );
      expect(examined.code).toBe(3);
      expect(examined.stdout).toMatch(/^fail +category .*help-desk does not exist/m);
    } finally {
      await drop();
    }
  });
});
