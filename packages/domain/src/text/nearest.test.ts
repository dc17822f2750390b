import { describe, expect, it } from "vitest";
import { nearestName } from "./nearest.ts";

const KNOWN = ["status", "priority", "category", "createdFrom", "createdTo", "q", "limit"];

describe("the name that was probably meant", () => {
  it.each([
    ["Status", "status"],
    ["statuses", "status"],
    ["staus", "status"],
    ["sattus", "status"],
    ["prioritty", "priority"],
    ["created_from", "createdFrom"],
    ["created-to", "createdTo"],
    ["createdform", "createdFrom"],
    ["categories", "category"],
    ["categorys", "category"],
    ["limits", "limit"],
    ["Q", "q"],
    ["state", "status"],
  ])("of %s is %s", (name, meant) => expect(nearestName(name, KNOWN)).toBe(meant));

  it.each(["color", "x", "", "!!", "page", "__proto__", "категория", "s".repeat(60)])(
    "of %j is none",
    (name) => expect(nearestName(name, KNOWN)).toBeNull(),
  );
});
