import { describe, expect, it } from "vitest";
import { webhooksSearch } from "./webhooks-search.ts";

describe("the address of the webhooks", () => {
  it.each([
    [{}, {}],
    [
      { hook: "whk_1", status: "FAILED", delivery: "dlv_2" },
      { hook: "whk_1", status: "FAILED", delivery: "dlv_2" },
    ],
    [{ hook: "whk_1", status: "LOST", delivery: 7 }, { hook: "whk_1" }],
    [{ hook: "<b>", status: "FAILED" }, {}],
    [{ delivery: "dlv_2" }, {}],
  ])("%j is read as %j", (address, search) => {
    expect(webhooksSearch(address)).toEqual(search);
  });
});
