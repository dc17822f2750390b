import { describe, expect, it } from "vitest";
import { regional } from "./formats.ts";

const EVENING = new Date(2026, 2, 10, 21, 5);

describe("a time is written as the browser's owner does", () => {
  it.each([
    ["en", ["en-US"], "9:05 PM"],
    ["en", ["en-GB", "en"], "21:05"],
    ["en", ["ru-RU", "ru"], "21:05"],
    ["ru", ["ru"], "21:05"],
    ["ru", ["en-US"], "21:05"],
    ["en", [], "9:05 PM"],
  ])("%s for a browser in %j", (locale, wanted, shown) => {
    const format = new Intl.DateTimeFormat(regional(locale, wanted), {
      hour: "numeric",
      minute: "2-digit",
    });
    expect(format.format(EVENING).replace("\u202f", " ")).toBe(shown);
  });
});
