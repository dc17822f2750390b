import { ServiceFlow } from "@serviceflow/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

/** An address as people type it, as it is kept, and another spelling of it. */
const ADDRESSES = [
  ["monitor@server01", "monitor@server01", "Monitor@SERVER01"],
  ["r&d@example.com", "r&d@example.com", " R&D@example.com"],
  [" plain@example.com\r\n", "plain@example.com", "\uFEFFplain@example.com"],
  ["info@müller.example", "info@xn--mller-kva.example", "INFO@MÜLLER.EXAMPLE"],
  ["mail@example.net", "mail@example.net", "mail@\uFF45xample.net"],
  ["info@пример.рф", "info@xn--e1afmkfd.xn--p1ai", "info@xn--e1afmkfd.XN--P1AI"],
] as const;

const REFUSED = [
  ["info", /email address/],
  ["info@", /email address/],
  ["Grace <grace@example.com>", /U\+0020 at character 6/],
  ["gr\u00E4ce@example.com", /U\+00E4 at character 3/],
  ["info@m\u00FCller.example:80", /U\+003A at character 20/],
  ["info@example..com", /email address/],
] as const;

describe.each(ENGINES)("addresses on %s", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  it.each(ADDRESSES)("%j is kept as %j, and found as %j", async (typed, kept, spelled) => {
    const body = { fullName: "Somebody", email: typed };
    const made = await app.call("POST", "/users", { as: app.admin, body });
    expect({ status: made.status, email: made.body.email }).toEqual({ status: 201, email: kept });
    const again = { ...body, email: spelled };
    expectProblem(await app.call("POST", "/users", { as: app.admin, body: again }), "email_taken");
    for (const email of [typed, kept, spelled]) {
      const found = await app.call("GET", `/users?email=${encodeURIComponent(email)}`, {
        as: app.admin,
      });
      expect(found.body.items).toMatchObject([{ id: made.body.id }]);
    }
    const patched = await app.call("PATCH", `/users/${made.body.id}`, {
      as: app.admin,
      body: { email: spelled },
    });
    expect(patched.body).toMatchObject({ email: kept, version: 1 });
  });

  it.each(REFUSED)("%j is refused by name, in bodies and in filters", async (email, detail) => {
    const fault = [{ pointer: "/email", code: "invalid_format" }];
    const made = await app.call("POST", "/users", {
      as: app.admin,
      body: { fullName: "X", email },
    });
    expectInvalid(made, fault);
    expect(made.body.errors[0].detail).toMatch(detail);
    const query = `/users?email=${encodeURIComponent(email)}`;
    expectInvalid(await app.call("GET", query, { as: app.admin }), fault);
  });

  it("are the same in the SDK", async () => {
    const { fetch, admin } = app;
    const sf = new ServiceFlow({ baseUrl: "http://test", apiKey: admin.key, fetch });
    const user = await sf.users.create({ fullName: "Zoë", email: " zoe@Zoë.example " });
    expect(user.email).toBe("zoe@xn--zo-ija.example");
    const { items } = await sf.users.list({ email: "ZOE@ZOË.example" });
    expect(items.map(({ id }) => id)).toEqual([user.id]);
    const refused = sf.users.create({ fullName: "Zoë", email: "zoë@example.com" });
    await expect(refused).rejects.toMatchObject({
      code: "validation_failed",
      errors: [{ pointer: "/email", detail: expect.stringContaining("U+00EB at character 3") }],
    });
  });
});
