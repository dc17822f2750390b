import { searchQuery } from "@serviceflow/domain";
import { describe, expect, it } from "vitest";
import { beforeLast, having, indexKeys, type KnownTerm } from "./tsquery.ts";

function term(typed: string, requesters: string[] = []): KnownTerm {
  const [only] = searchQuery(typed).terms;
  if (!only) throw new Error(`No term in ${typed}`);
  return { ...only, requesters };
}

describe("the keys that an index is asked", () => {
  const without = [["'n'", "'-n'"]] as const;
  it.each([
    [["'a'"], [], ["'a'"]],
    [[null], [], []],
    [["'a'", "'b'", "'c'"], [], ["('a') | '@m' & ('b' | 'c')", "('b') | '@m'", "('c') | '@m'"]],
    [["'a'", null], [], ["('a') | '@m'"]],
    [["'a'"], without, ["'a'", "!('n') | '-n' | '@m'"]],
    [[], without, ["!('n') | '-n' | '@m'"]],
    [[null], without, ["!('n') | '-n' | '@m'"]],
  ])("for %j without %j are %j", (has, hasNot, keys) => {
    expect(indexKeys(has, hasNot)).toEqual(keys);
  });
});

describe("a term as a tsquery", () => {
  const longer = { words: ["printers"], internalWords: ["~printing"] };
  it("stands for all longer words, or for those that are known", () => {
    const printer = term("printer", ["@r1"]);
    expect(having(printer, "any", false)).toBe("(('printer' | 'printer':*)) | '@r1'");
    expect(having(printer, longer, false)).toBe("(('printer' | 'printers')) | '@r1'");
  });

  it("has words of internal comments only for those who see them, and in any order", () => {
    const phrase = term("srv.print");
    expect(having(phrase, longer, true)).toBe(
      "(('srv') <1> ('print' | 'printers')) | (('~srv') & ('~print' | '~printing'))",
    );
    expect(beforeLast(phrase, true)).toBe("(('srv')) | (('~srv'))");
    expect(beforeLast(term("print"), true)).toBeNull();
  });
});
