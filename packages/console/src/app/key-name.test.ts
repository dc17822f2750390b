import { describe, expect, it } from "vitest";
import { keyOf } from "./key-name.ts";

const PLAIN = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };

describe("a key", () => {
  it.each([
    ["on a Latin layout", { code: "KeyC", key: "c" }, "KeyC"],
    ["on a Russian layout", { code: "KeyC", key: "с" }, "KeyC"],
    ["with Ctrl", { code: "KeyK", key: "k", ctrlKey: true }, "Mod+KeyK"],
    ["with Command", { code: "KeyK", key: "k", metaKey: true }, "Mod+KeyK"],
    ["with Shift", { code: "KeyJ", key: "J", shiftKey: true }, "Shift+KeyJ"],
    ["of a sign that needs Shift", { code: "Slash", key: "?", shiftKey: true }, "Question"],
    [
      "of the same sign on a Russian layout",
      { code: "Digit7", key: "?", shiftKey: true },
      "Question",
    ],
    ["of a sign", { code: "Slash", key: "/" }, "Slash"],
  ])("%s has one name", (_, event, name) => {
    expect(keyOf({ ...PLAIN, ...event })).toBe(name);
  });
});
