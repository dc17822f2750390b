import { ServiceFlow } from "@serviceflow/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { expectInvalid } from "./harness/problem.ts";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

/** What people paste into a description or comment, and what is kept. */
const TAKEN = [
  ["an indented list", "  - one\n  - two", "  - one\n  - two"],
  ["a log between blank lines", "\n\n\tat main (a.ts:1)\n\n", "\tat main (a.ts:1)"],
  ["a page of a manual", "NAME\n\fls", "NAME\n\fls"],
  ["a phone number of an address book", "\u202D+49 30 5551234\u202C", "\u202D+49 30 5551234\u202C"],
  [
    "a name between isolates",
    "by \u2068\u05D0\u05D1\u2069, today",
    "by \u2068\u05D0\u05D1\u2069, today",
  ],
  ["the output of grep", "\u001B[01;31m\u001B[KError\u001B[m\u001B[K: disk", "Error: disk"],
  ["a paragraph of a word processor", "one\vtwo", "one\ntwo"],
] as const;

/** What is refused everywhere, and how it is named. */
const REFUSED = [
  ["a bell", "Screen goes\u0007", "U+0007 at character 12"],
  ["an open embedding", "\u202AC:\\Temp", "U+202A at character 1"],
  ["a reversal", "invoice\u202Efdp.exe", "U+202E at character 8"],
] as const;

const INVISIBLE = [
  ["zero-width spaces", "\u200B\u200B\u200B"],
  ["Hangul fillers", "\u3164\u3164\u3164"],
  ["blank braille", "\u2800\u2800\u2800"],
  ["combining fillers", "\u034F\u17B4\u0301"],
] as const;

describe.each(ENGINES)("pasted text on %s", (engine) => {
  let app: TestApp;
  let sf: ServiceFlow;
  beforeAll(async () => {
    app = await openTestApp(engine);
    const { fetch, agent } = app;
    sf = new ServiceFlow({ baseUrl: "http://test", apiKey: agent.key, fetch });
  });
  afterAll(() => app.close());

  it.each(TAKEN)("is taken: %s", async (_, pasted, kept) => {
    const made = await app.call("POST", "/requests", {
      as: app.employee,
      body: { title: "Pasted", description: pasted },
    });
    expect(made.body.description).toBe(kept);
    const { description } = await sf.requests.get(made.body.id);
    expect(description).toBe(kept);
    const comment = await sf.comments.create(made.body.id, { body: pasted });
    expect(comment.body).toBe(kept);
    const again = await sf.comments.create(made.body.id, { body: comment.body });
    expect(again.body).toBe(kept);
  });

  it.each(REFUSED)("is refused by name and place: %s", async (_, pasted, named) => {
    const calls = [
      ["/requests", "title"],
      ["/requests", "description"],
      ["/users", "fullName"],
    ] as const;
    for (const [path, field] of calls) {
      const body = { title: "Pasted", [field]: pasted };
      const rest = path === "/users" ? { fullName: pasted, email: "x@example.com" } : body;
      const answer = await app.call("POST", path, { as: app.admin, body: rest });
      expectInvalid(answer, [{ pointer: `/${field}`, code: "control_character" }]);
      expect(answer.body.errors[0].detail).toContain(named);
    }
    const refused = sf.requests.create({ title: pasted });
    await expect(refused).rejects.toMatchObject({
      errors: [{ pointer: "/title", detail: expect.stringContaining(named) }],
    });
  });

  it.each(INVISIBLE)("that shows nothing is refused: %s", async (_, text) => {
    const filed = await app.call("POST", "/requests", {
      as: app.employee,
      body: { title: "Something to see" },
    });
    const calls = [
      ["POST", "/requests", { title: text }, "/title"],
      ["PATCH", `/requests/${filed.body.id}`, { title: text }, "/title"],
      ["POST", `/requests/${filed.body.id}/comments`, { body: text }, "/body"],
      ["PATCH", `/users/${app.employee.id}`, { fullName: text }, "/fullName"],
      ["POST", "/categories", { slug: "unseen", name: text }, "/name"],
      ["POST", "/users/me/api-keys", { name: text }, "/name"],
    ] as const;
    for (const [method, path, body, pointer] of calls) {
      const answer = await app.call(method, path, { as: app.admin, body });
      expectInvalid(answer, [{ pointer, code: "no_visible_character" }]);
    }
    const description = await app.call("PATCH", `/requests/${filed.body.id}`, {
      as: app.admin,
      body: { description: text },
    });
    expect(description.body.description).toBe(text.normalize("NFC"));
  });

  it.each([
    ["two characters", "\u5BC6\u7801", "\u5BC6\u7801"],
    ["a line break", "Printer\r\non floor 2", "Printer on floor 2"],
    ["cells of a table", "Printer\t\tfloor 2\n", "Printer floor 2"],
  ])("makes a title of %s", async (_, pasted, kept) => {
    const request = await sf.requests.create({ title: pasted });
    expect(request.title).toBe(kept);
    const again = await sf.requests.update(request.id, { title: pasted });
    expect(again).toMatchObject({ title: kept, version: 1 });
    expect((await sf.requests.get(request.id)).title).toBe(kept);
  });

  it("is searched for with tabs and line breaks as with blanks", async () => {
    const request = await sf.requests.create({ title: "Quokka enclosure" });
    for (const q of ["quokka\tenclosure", "\tquokka\r\nenclosure "]) {
      const { items } = await sf.requests.list({ q });
      expect(items.map(({ id }) => id)).toEqual([request.id]);
    }
  });
});
