const LETTERS: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
  ς: "σ",
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "g");
/** Accents, stress, and the vowel points of Hebrew and Arabic. */
const MARKS =
  /[\u0300-\u036F\u0483-\u0487\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0640\u064B-\u065F\u0670]/g;
const ASCII = /^[\0-\x7F]*$/;

/** A word without case and accents; `ё` is `е`, but `й` is a letter of its own. */
export function foldWord(word: string): string {
  const lower = word.toLowerCase();
  if (ASCII.test(lower)) return lower;
  return lower
    .replace(LETTER, (letter) => LETTERS[letter] ?? letter)
    .normalize("NFD")
    .replaceAll("и\u0306", "й")
    .replace(MARKS, "")
    .normalize("NFC");
}
