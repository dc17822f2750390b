import { stemEnglish } from "./stem-english.ts";
import { stemRussian } from "./stem-russian.ts";

/** What the forms of a folded English or Russian word have in common; any other word as it is. */
export function stemWord(word: string): string {
  if (/^[a-z]+$/.test(word)) return stemEnglish(word);
  return /^[а-я]+$/.test(word) ? stemRussian(word) : word;
}
