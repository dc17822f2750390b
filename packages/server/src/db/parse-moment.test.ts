import pg from "pg";
import { describe, expect, it } from "vitest";
import { PARSERS, parseMoment } from "./parse-moment.ts";

describe("a moment of PostgreSQL", () => {
  it.each([
    ["2026-03-02 09:00:00+00", "2026-03-02T09:00:00.000Z"],
    ["2026-03-02 09:00:00.1+00", "2026-03-02T09:00:00.100Z"],
    ["2026-03-02 09:00:00.12+00", "2026-03-02T09:00:00.120Z"],
    ["2026-03-02 09:00:00.123+00", "2026-03-02T09:00:00.123Z"],
    ["0001-01-01 00:00:00+00", "0001-01-01T00:00:00.000Z"],
    ["9999-12-31 23:59:59.999+00", "9999-12-31T23:59:59.999Z"],
    ["2026-03-02 09:00:00.123456+00", "2026-03-02T09:00:00.123Z"],
    ["2026-03-02 14:30:00.123+05:30", "2026-03-02T09:00:00.123Z"],
    ["2026-03-02 04:00:00-05", "2026-03-02T09:00:00.000Z"],
    ["10000-01-01 00:00:00+00", "+010000-01-01T00:00:00.000Z"],
    ["10000-01-01 00:00:00.1+00", "+010000-01-01T00:00:00.100Z"],
    ["0044-03-15 12:00:00+00 BC", "-000043-03-15T12:00:00.000Z"],
  ])("%s is %s, as `pg` has it", (text, iso) => {
    expect(parseMoment(text)).toBe(iso);
    const parse = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);
    expect((parse(text) as unknown as Date).toISOString()).toBe(iso);
  });

  it.each(["infinity", "-infinity", "294276-12-31 23:59:59.999+00"])(
    "that JavaScript does not have, %s, stays as it is",
    (text) => {
      expect(parseMoment(text)).toBe(text);
    },
  );

  it("is parsed by it, and all else by `pg`", () => {
    expect(PARSERS.getTypeParser(pg.types.builtins.TIMESTAMPTZ)).toBe(parseMoment);
    expect(PARSERS.getTypeParser(pg.types.builtins.INT8)("12")).toBe("12");
    expect(PARSERS.getTypeParser(pg.types.builtins.BOOL)("t")).toBe(true);
  });
});
