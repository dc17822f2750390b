import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type IndexedWords, indexedWords } from "./search-index.ts";
import { type SearchTerm, searchQuery } from "./search-query.ts";

/** What a database does: whether the places of a text match what is typed. */
function matches({ places, words }: IndexedWords, typed: string): boolean {
  const { terms } = searchQuery(typed);
  return terms.length > 0 && terms.every((term) => matchesTerm(places, words, term));
}

function matchesTerm(
  places: IndexedWords["places"],
  words: readonly string[],
  { steps, prefix, unless }: SearchTerm,
): boolean {
  if (unless !== null && places.has(unless)) return true;
  const starts = new Set((steps[0] && placesOf(steps[0].lexeme, steps.length === 1)) ?? []);
  const found = [...starts].some((start) =>
    steps.every(({ lexeme, at }, index) =>
      placesOf(lexeme, index === steps.length - 1).includes(start + at - (steps[0]?.at ?? 0)),
    ),
  );
  return found === (unless === null);

  function placesOf(lexeme: string, isLast: boolean): number[] {
    const longer = isLast && prefix !== null ? words.filter((word) => word.startsWith(prefix)) : [];
    return [lexeme, ...longer].flatMap((each) => places.get(each) ?? []);
  }
}

const finds = (text: string, typed: string) => matches(indexedWords([text]), typed);

describe("what is typed finds what stands in a text", () => {
  it.each([
    ["shredder", "copier/shredder"],
    ["copier/shredder", "the copier / shredder"],
    ["petrova", "berta.petrova@example.com"],
    ["berta.petrova@example.com", "Mail to <berta.petrova@example.com>, please"],
    ["okapi", "quarterly_okapi.xlsx"],
    ["quarterly_okapi.xlsx", "see quarterly_okapi.xlsx"],
    ["narwhal", "/var/lib/narwhal"],
    ["zebrafish", "flickers.Zebrafish"],
    ["0043", "PX-0043"],
    ["PX-0043", "px-0043"],
    ["99871", "SF-99871"],
    ["5551234", "+49-30-5551234"],
    ["+49-30-5551234", "call +49 30 5551234"],
    ["NB-00773", "NB 00773"],
    ["NB 00773", "NB-00773"],
    ["Laptop won't start - urgent", "Laptop won't start - urgent"],
    ["- zebra", "a zebra"],
    ["-0400", "at 10:00 -0400"],
    ["-1073741819", "exit code -1073741819"],
    ["1073741819", "exit code -1073741819"],
    ["https://intra.example.com/page/7", "look at https://intra.example.com/page/7?x=1"],
    ["srv-01", "<srv-01>"],
    ["NullPointerException", "java.lang.NullPointerException"],
    ["nullpointer", "java.lang.NullPointerException"],
    ["metastore", "org.apache.HiveMetaStore"],
    ["metastore", "hive.metastore.uris"],
    ["打印", "三楼的打印机坏了"],
    ["印机", "三楼的打印机坏了"],
    ["机", "三楼的打印机坏了"],
    ["打印机坏了", "三楼的打印机坏了"],
    ["プリンタ", "3階のプリンタが動かない"],
    ["ﾌﾟﾘﾝﾀ", "3階のプリンタが動かない"],
    ["노트북", "회사노트북이"],
    ["ถือ", "โทรศัพท์มือถือ"],
    ["laminator", "lami\u00ADnator"],
    ["password", "pass\u200Bword"],
    ["ноутб", "новый ноутбук"],
    ["schlussel", "Schlüssel"],
    ["Schlüssel", "schlussel"],
    ["cafe", "Café"],
    ["елка", "ёлка"],
    ["ＡＢＣ", "abc"],
    ["don't panic", "Don’t panic"],
    ["leaki", "leaking"],
    ["leaked", "leaking"],
    ['"battery died"', "The old battery died"],
    ["“battery died”", "The old battery died"],
    ["printer -jam", "A printer"],
    ["printer -jam", "printer -jam"],
    ["printer in the kitchen", "Kitchen printer"],
    ["the", "the printers"],
    ["😀", "works 😀 again"],
    ["???", "???"],
    ["printer !", "printer"],
    ['"""', '"""'],
    ["prn4", "srv.prn4711"],
  ])("%s finds %j", (typed, text) => {
    expect(finds(text, typed)).toBe(true);
  });

  it.each([
    ["zebra", "no such animal"],
    ['"died battery"', "The old battery died"],
    ["copier/shredder", "a copier, and elsewhere a shredder"],
    ["打机", "打印机"],
    ["printer -jam", "the printer jams"],
    ["printer -jammed", "the printer jams"],
    ["-jam", "jams"],
    ["printer laptop", "Printer paper"],
    ["printer or paper", "Printer"],
    ["p", "printer"],
    ["113", "SF-1135"],
    ["йод", "иод"],
    ["~-", "a - b"],
    ["@a1", "nothing"],
    ["", "anything"],
  ])("%s does not find %j", (typed, text) => {
    expect(finds(text, typed)).toBe(false);
  });

  it("but a phrase does not reach from one text into the next", () => {
    expect(matches(indexedWords(["New printer", "paper is out"]), '"printer paper"')).toBe(false);
  });
});

const character = fc.constantFrom(
  ..."abcXYZ012345 -—_.,:;!?'\"“/\\@#&|()<>*+=~`äßёЖй打印プ한가שָאُِ😀\u00AD",
);
const title = fc
  .string({ unit: character, minLength: 1, maxLength: 40 })
  .map((text) => text.trim())
  .filter((text) => text.replaceAll("\u00AD", "") !== "");

describe("any text", () => {
  const rounds = { numRuns: 1_000 };

  it("is found by itself", () => {
    fc.assert(
      fc.property(title, (text) => {
        expect(finds(text, text)).toBe(true);
      }),
      rounds,
    );
  });

  it("is found by each of its words", () => {
    fc.assert(
      fc.property(title, (text) => {
        for (const word of text.split(/\s+/).filter((each) => /[\p{L}\p{N}]/u.test(each))) {
          expect({ word, found: finds(text, word) }).toEqual({ word, found: true });
        }
      }),
      rounds,
    );
  });
});

describe("the number of a request", () => {
  it.each([
    ["1135", 1135],
    ["SF-1135", 1135],
    ["sf-1135", 1135],
    [" sf 1135 ", 1135],
    ["#1135", 1135],
    ["SF-1135,", 1135],
    ["(SF-1135)", 1135],
    ["“SF-1135”?", 1135],
    ["sf-01135", 1135],
    ["0043", null],
    ["-1135", null],
    ["sf-0", null],
    ["1135 printer", null],
    ["99999999999", null],
    ["4294967296", null],
    ["printer", null],
  ])("that %j may mean is %s", (typed, number) => {
    expect(searchQuery(typed).number).toBe(number);
  });
});

describe("words", () => {
  it("that are very long are found by their beginning", () => {
    const word = "x".repeat(9_000);
    expect(finds(word, word.slice(0, 200))).toBe(true);
    expect([...indexedWords([`${word}1`]).places.keys()].every((each) => each.length <= 65)).toBe(
      true,
    );
  });

  it("that a prefix can stand for are all with a letter, each with the longest of its forms", () => {
    const { words } = indexedWords([
      "Printers 4711 prn-12345678 a1b2c3d4e5f6 HiveStore v2 -jam 打印",
    ]);
    expect(words).toEqual(["a1b2c3d4e5f6", "hivestore", "jam", "printers", "prn", "store", "v2"]);
  });

  it("that a prefix can stand for hold every beginning of a lexeme, at its place", () => {
    const text = fc.string({ unit: fc.constantFrom(..."abcXYZ012ieszñ -_."), maxLength: 30 });
    fc.assert(
      fc.property(text, (text) => {
        const { places, words } = indexedWords([text]);
        for (const [lexeme, at] of places) {
          if (!/^[^-!].*\p{L}|^\p{L}/u.test(lexeme)) continue;
          const longer = words.filter((word) => word.startsWith(lexeme));
          const found = new Set(longer.flatMap((word) => places.get(word) ?? []));
          expect(at.every((place) => found.has(place))).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});
