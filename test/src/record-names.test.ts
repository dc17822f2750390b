import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { invoke, TRANSPORTS } from "./harness/operation.ts";
import { expectInvalid } from "./harness/problem.ts";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

describe("the names in a record", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp("embedded");
  });
  afterAll(() => app.close());

  it.each(["__proto__.status=NEW", "__proto__", "all&__proto__.priority=LOW"])(
    "of counts are all counted, or refused: %s",
    async (query) => {
      const answer = await app.call("GET", `/requests/counts?${query}`, { as: app.admin });
      expectInvalid(answer, [{ pointer: "/filters/__proto__", code: "unknown_field" }]);
    },
  );

  it.each(["constructor", "toString", "prototype"])("of counts can be %s", async (name) => {
    const { body } = await app.call("GET", `/requests/counts?${name}.status=DONE`, {
      as: app.admin,
    });
    expect(body).toEqual({ counts: { [name]: { count: 0, more: false } } });
  });

  const REFUSED: [string, string, string][] = [
    ['{"__proto__": "IT"}', "/names/__proto__", "unknown_field"],
    ['{"fr": "Informatique", "__proto__": {"de": "EDV"}}', "/names/__proto__", "unknown_field"],
    ['{"de": "EDV", "DE": "IT"}', "/names/DE", "duplicate"],
    ['{"de-at": "EDV", "fr": "Informatique", "de-AT": "IT"}', "/names/de-AT", "duplicate"],
    ['{"iw": "IT", "he": "IT"}', "/names/he", "duplicate"],
  ];
  it.each(TRANSPORTS.flatMap((transport) => REFUSED.map((each) => [transport, ...each] as const)))(
    "of a category over %s are all kept, or refused: %s",
    async (transport, names, pointer, code) => {
      const input = { slug: "it", name: "IT", names: JSON.parse(names) };
      const answer = await invoke(app, transport, "categories.create", input, { as: app.admin });
      expectInvalid(answer, [{ pointer, code }]);
    },
  );

  it("of a category are languages in their canonical form", async () => {
    const body = { slug: "edv", name: "IT", names: { "DE-at": "EDV", FR: "Informatique" } };
    const answer = await app.call("POST", "/categories", { as: app.admin, body });
    expect(answer.body.names).toEqual({ "de-AT": "EDV", fr: "Informatique" });
  });
});
