import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EmailFault, findEmailFault, normalizeEmail } from "./email.ts";

describe("an address", () => {
  it.each([
    ["grace@example.com", "grace@example.com"],
    ["Grace.HOPPER@Example.COM", "grace.hopper@example.com"],
    ["grace+it@mail.example.com", "grace+it@mail.example.com"],
    [" \tgrace@example.com\r\n", "grace@example.com"],
    ["\uFEFFgrace@example.com\u00A0", "grace@example.com"],
    ["monitor@server01", "monitor@server01"],
    ["r&d@example.com", "r&d@example.com"],
    ["!#$%&'*+/=?^_`{|}~-.@example.com", "!#$%&'*+/=?^_`{|}~-.@example.com"],
    ["a..b.@example.com", "a..b.@example.com"],
    ["info@m\u00FCller.example", "info@xn--mller-kva.example"],
    ["info@M\u00DCLLER.example", "info@xn--mller-kva.example"],
    ["info@mu\u0308ller.example", "info@xn--mller-kva.example"],
    ["info@m\u00FC\u00ADller.example", "info@xn--mller-kva.example"],
    ["info@xn--mller-kva.example", "info@xn--mller-kva.example"],
    ["info@fa\u00DF.example", "info@xn--fa-hia.example"],
    ["info@\u043F\u0440\u0438\u043C\u0435\u0440.\u0440\u0444", "info@xn--e1afmkfd.xn--p1ai"],
    ["info@\u4F8B\u3048\u3002\u30C6\u30B9\u30C8", "info@xn--r8jz45g.xn--zckzah"],
    [
      "info@\u05D3\u05D5\u05D2\u05DE\u05D4.\u05D8\u05E2\u05E1\u05D8",
      "info@xn--6dbbec0c.xn--deba0ad",
    ],
    ["info@\uFF45\uFF58.example", "info@ex.example"],
    ["info@\u{1F4A9}.example", "info@xn--ls8h.example"],
    ["root@127.0.0.1", "root@127.0.0.1"],
    ["root@\uFF11\uFF12\uFF17.1", "root@127.1"],
    ["root@0x7f.1", "root@0x7f.1"],
    [`${"a".repeat(100)}@example.com`, `${"a".repeat(100)}@example.com`],
    [`a@${"b".repeat(63)}.com`, `a@${"b".repeat(63)}.com`],
  ])("%j becomes %j", (typed, expected) => {
    expect(findEmailFault(typed)).toBeNull();
    expect(normalizeEmail(typed)).toBe(expected);
  });

  it.each<[string, EmailFault["code"], RegExp]>([
    ["", "invalid_format", /email address/],
    ["grace", "invalid_format", /email address/],
    ["grace@", "invalid_format", /email address/],
    ["@example.com", "invalid_format", /email address/],
    ["a@b@example.com", "invalid_format", /U\+0040 at character 2\b/],
    ["Grace <grace@example.com>", "invalid_format", /U\+0020 at character 6\b/],
    ["<grace@example.com>", "invalid_format", /U\+003C at character 1\b/],
    ["mailto:grace@example.com", "invalid_format", /U\+003A at character 7\b/],
    ["gra\u200Bce@example.com", "invalid_format", /U\+200B at character 4\b/],
    [" gr\u00E4ce@example.com", "invalid_format", /U\+00E4 at character 4\b/],
    ["\u212Aelvin@example.com", "invalid_format", /U\+212A at character 1\b/],
    ["grace@example .com", "invalid_format", /U\+0020 at character 14\b/],
    ["grace@example.com:80", "invalid_format", /U\+003A at character 18\b/],
    ["grace@m\u00FCller.example/x", "invalid_format", /U\+002F at character 21\b/],
    ["grace@m\u00FCller%2eexample", "invalid_format", /U\+0025 at character 13\b/],
    ["grace@[127.0.0.1]", "invalid_format", /U\+005B at character 7\b/],
    ["grace@exa_mple.com", "invalid_format", /U\+005F at character 10\b/],
    ["grace@example.com\0", "invalid_format", /U\+0000 at character 18\b/],
    ["grace@example..com", "invalid_format", /email address/],
    ["grace@example.com.", "invalid_format", /email address/],
    ["grace@m\u00FCller.example.", "invalid_format", /email address/],
    ["grace@-example.com", "invalid_format", /email address/],
    ["grace@example-.com", "invalid_format", /email address/],
    ["grace@\u2100.example", "invalid_format", /email address/],
    ["grace@\uFF0F.example", "invalid_format", /email address/],
    ["grace@xn--a.\u00E9", "invalid_format", /email address/],
    ["grace@a\uD800b.example", "invalid_format", /email address/],
    [`a@${"b".repeat(64)}.com`, "invalid_format", /email address/],
    [`a@${"\u00FC".repeat(63)}.com`, "invalid_format", /email address/],
    [`grace@${"a.".repeat(124)}com`, "too_long", /at most 254/],
    [`grace@${"\u00FC".repeat(250)}.com`, "too_long", /at most 254/],
    [`grace@${"\u00FC".repeat(500_000)}.com`, "too_long", /at most 254/],
    [`${" ".repeat(300_000)}x${" ".repeat(300_000)}`, "invalid_format", /email address/],
  ])("%j is refused: %s", (typed, code, detail) => {
    expect(findEmailFault(typed)).toMatchObject({ code, detail: expect.stringMatching(detail) });
  });

  it("that is accepted comes back the same", () => {
    const part = fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }),
      fc.string({ unit: fc.constantFrom(..."aZ09.-_@ \u00FC\u00DF\u3002\u00AD\u05D0") }),
    );
    const typed = fc.tuple(part, part).map(([local, domain]) => `${local}@${domain}`);
    fc.assert(
      fc.property(fc.oneof(typed, fc.emailAddress()), (text) => {
        const kept = normalizeEmail(text);
        expect(normalizeEmail(kept)).toBe(kept);
        if (findEmailFault(text) === null) {
          expect(findEmailFault(kept)).toBeNull();
          expect(kept).toMatch(/^[!-~]{3,254}$/);
        }
      }),
    );
  });
});
