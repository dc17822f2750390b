import { describe, expect, it } from "vitest";
import { partsOf } from "./text-parts.ts";

/** `[SF-1]` for a request, `<...>` for an address. */
const shown = (text: string) =>
  partsOf(text)
    .map((part) =>
      part.kind === "request"
        ? `[${part.text}]`
        : part.kind === "address"
          ? `<${part.text}>`
          : part.text,
    )
    .join("");

describe("the links of a text", () => {
  it.each([
    ["none", "Nothing here.", "Nothing here."],
    ["a request", "See SF-1017.", "See [SF-1017]."],
    ["two requests", "sf-1 and SF-2", "[sf-1] and [SF-2]"],
    ["what only looks like one", "XSF-1 SF-", "XSF-1 SF-"],
    ["an address", "At https://a.example/b?c=d#e now", "At <https://a.example/b?c=d#e> now"],
    ["an address that ends a sentence", "See https://a.example.", "See <https://a.example>."],
    ["one in brackets", "(https://a.example/x)", "(<https://a.example/x>)"],
    ["one with brackets", "https://a.example/x_(y)", "<https://a.example/x_(y)>"],
    ["a request within an address", "https://a.example/SF-1", "<https://a.example/SF-1>"],
    ["a script", "javascript:alert(1)", "javascript:alert(1)"],
    ["markup", "<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
  ])("%s", (_, text, parts) => {
    expect(shown(text)).toBe(parts);
  });

  it("leaves out nothing of a text", () => {
    const text = "a SF-1, https://b.example/(c). d";
    expect(
      partsOf(text)
        .map((part) => part.text)
        .join(""),
    ).toBe(text);
  });
});
