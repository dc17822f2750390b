import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  findLocaleFault,
  findTimeZoneFault,
  normalizeLocale,
  normalizeTimeZone,
} from "./locale.ts";

describe("a locale", () => {
  it.each([
    ["de", "de"],
    ["EN-us", "en-US"],
    [" ru-RU\n", "ru-RU"],
    ["zh-hant-tw", "zh-Hant-TW"],
    ["de-DE-u-co-phonebk", "de-DE-u-co-phonebk"],
    ["iw", "he"],
    ["sr-Latn", "sr-Latn"],
  ])("%j is kept as %s", (typed, kept) => {
    expect(findLocaleFault(typed)).toBeNull();
    expect(normalizeLocale(typed)).toBe(kept);
  });

  it.each(["", "e", "en_US", "de_DE.UTF-8", "de--AT", "en-", "*", "C", "a".repeat(500)])(
    "%j is refused",
    (typed) => {
      expect(findLocaleFault(typed)).toEqual({
        code: "invalid_format",
        detail: expect.stringContaining("BCP 47"),
        params: { format: "language" },
      });
    },
  );

  it("that is accepted comes back the same", () => {
    const part = fc.string({ unit: fc.constantFrom(..."aZ0-xun"), maxLength: 12 });
    fc.assert(
      fc.property(part, (typed) => {
        const kept = normalizeLocale(typed);
        if (findLocaleFault(typed) === null) expect(normalizeLocale(kept)).toBe(kept);
      }),
    );
  });
});

describe("a time zone", () => {
  it.each([
    ["Europe/Berlin", "Europe/Berlin"],
    ["europe/berlin", "Europe/Berlin"],
    [" America/Argentina/Buenos_Aires ", "America/Argentina/Buenos_Aires"],
    ["UTC", "UTC"],
    ["Asia/Kolkata", "Asia/Kolkata"],
    ["Asia/Calcutta", "Asia/Calcutta"],
    ["Etc/GMT+3", "Etc/GMT+3"],
  ])("%j is kept as %s", (typed, kept) => {
    expect(findTimeZoneFault(typed)).toBeNull();
    expect(normalizeTimeZone(typed)).toBe(kept);
    expect(normalizeTimeZone(kept)).toBe(kept);
  });

  it.each([
    "",
    "Berlin",
    "Europe/Atlantis",
    "+02:00",
    "-0500",
    "CEST",
    "Europe/Berlin/",
    "Europe//Berlin",
    "../etc/localtime",
    "a".repeat(500),
  ])("%j is refused", (typed) => {
    expect(findTimeZoneFault(typed)).toEqual({
      code: "unknown",
      detail: expect.stringContaining("IANA"),
      params: { of: "timeZone" },
    });
  });
});
