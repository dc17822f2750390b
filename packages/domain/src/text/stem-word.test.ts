import { describe, expect, it } from "vitest";
import { foldWord } from "./fold-word.ts";
import { stemWord } from "./stem-word.ts";

describe("the stem of a word", () => {
  // As PostgreSQL's dictionaries english_stem and russian_stem answer.
  it.each([
    ["jamming", "jam"],
    ["jammed", "jam"],
    ["printers", "printer"],
    ["batteries", "batteri"],
    ["battery", "batteri"],
    ["blinking", "blink"],
    ["hoping", "hope"],
    ["hopping", "hop"],
    ["agreed", "agre"],
    ["ties", "tie"],
    ["cries", "cri"],
    ["gas", "gas"],
    ["gaps", "gap"],
    ["possibly", "possibl"],
    ["generously", "generous"],
    ["communication", "communic"],
    ["nationalization", "nation"],
    ["relational", "relat"],
    ["triplicate", "triplic"],
    ["hopefulness", "hope"],
    ["adjustable", "adjust"],
    ["replacement", "replac"],
    ["adoption", "adopt"],
    ["controlling", "control"],
    ["roll", "roll"],
    ["rate", "rate"],
    ["cease", "ceas"],
    ["say", "say"],
    ["by", "by"],
    ["yes", "yes"],
    ["skies", "sky"],
    ["dying", "die"],
    ["news", "news"],
    ["proceeding", "proceed"],
    ["принтеры", "принтер"],
    ["печатает", "печата"],
    ["печатают", "печата"],
    ["картриджами", "картридж"],
    ["договоры", "договор"],
    ["важнейшие", "важн"],
    ["важная", "важн"],
    ["вернувшись", "вернувш"],
    ["открывшись", "откр"],
    ["бегавшая", "бега"],
    ["скорость", "скорост"],
    ["валентность", "валентн"],
    ["длинный", "длин"],
    ["ноутбуков", "ноутбук"],
    ["schlussel", "schlussel"],
    ["αβγ", "αβγ"],
    ["0043", "0043"],
    ["", ""],
  ])("%s is %s", (word, stem) => {
    expect(stemWord(word)).toBe(stem);
  });
});

describe("folding a word", () => {
  it.each([
    ["Schlüssel", "schlussel"],
    ["CAFÉ", "cafe"],
    ["Straße", "strasse"],
    ["Łódź", "lodz"],
    ["İstanbul", "istanbul"],
    ["Ёлка", "елка"],
    ["за\u0301мок", "замок"],
    ["Йогурт", "йогурт"],
    ["ΟΔΟΣ", "οδοσ"],
    ["が", "が"],
    ["한글", "한글"],
    ["שָׁלוֹם", "שלום"],
    ["มือถือ", "มือถือ"],
  ])("%s is %s", (word, folded) => {
    expect(foldWord(word)).toBe(folded);
    expect(foldWord(folded)).toBe(folded);
  });
});
