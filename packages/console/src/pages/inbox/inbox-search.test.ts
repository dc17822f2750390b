import { describe, expect, it } from "vitest";
import { inboxSearch, listInput, relaxations } from "./inbox-search.ts";

describe("the address of the inbox", () => {
  it.each([
    ["nothing", {}, {}],
    ["a view", { view: "mine" }, { view: "mine" }],
    ["a view that there is not", { view: "toString" }, {}],
    ["one value", { status: "NEW" }, { status: ["NEW"] }],
    ["values in the order of the domain", { status: ["DONE", "NEW"] }, { status: ["NEW", "DONE"] }],
    ["words that are not of the domain", { status: ["OPEN"], priority: 7 }, {}],
    ["days", { days: "14" }, { days: 14 }],
    ["days that are none", { days: "-1" }, {}],
    ["a search", { q: "vpn" }, { q: "vpn" }],
    ["an empty search", { q: "  " }, {}],
    ["what it does not know", { admin: "true" }, {}],
  ])("with %s", (_, search, read) => {
    expect(inboxSearch(search)).toEqual(read);
  });
});

describe("the list of an address", () => {
  it("has the filters of its view, of which its own come first", () => {
    expect(listInput({})).toEqual({ assignee: "none", status: ["NEW", "IN_PROGRESS"] });
    expect(listInput({ view: "open", status: ["NEW"] })).toEqual({ status: ["NEW"] });
    expect(listInput({ view: "all" })).toEqual({});
  });

  it("begins at the start of a day, so that an address is one query all day", () => {
    const morning = listInput({ view: "all", days: 7 }, new Date(2026, 2, 10, 8));
    const evening = listInput({ view: "all", days: 7 }, new Date(2026, 2, 10, 20));
    expect(morning).toEqual(evening);
    expect(morning.createdFrom).toBe(new Date(2026, 2, 3).toISOString());
  });
});

describe("an empty list", () => {
  it("asks what there is without each filter that was chosen, and the others", () => {
    expect(
      relaxations({ view: "open", priority: ["URGENT"], category: ["hr"], sort: "oldest" }),
    ).toEqual({
      priority: { status: ["NEW", "IN_PROGRESS"], category: ["hr"] },
      category: { status: ["NEW", "IN_PROGRESS"], priority: ["URGENT"] },
    });
  });

  it("asks nothing of a search or without filters", () => {
    expect(relaxations({ q: "vpn", priority: ["URGENT"] })).toEqual({});
    expect(relaxations({ view: "mine" })).toEqual({});
  });
});
