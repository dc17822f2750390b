import { readFileSync } from "node:fs";

export type Language = "en" | "ru";

/** The words of the console in a language, by their English ones and what stands in their braces. */
export type Words = (english: string, values?: Readonly<Record<string, string | number>>) => string;

/**
 * Reads the catalogue that the console is built with.
 * @throws by what it returns, for words that the console does not have
 */
export function wordsOf(language: Language): Words {
  const catalogue = read(language);
  return (english, values = {}) => {
    const words = catalogue.get(english);
    if (words === undefined) throw new Error(`The console has no words "${english}"`);
    return words.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  };
}

function read(language: Language): Map<string, string> {
  const file = new URL(`../../../packages/console/src/words/${language}.po`, import.meta.url);
  const entries = readFileSync(file, "utf8").split("\n\n");
  return new Map(
    entries.flatMap((entry): [string, string][] => {
      const part = (name: string) => {
        const [, lines] = new RegExp(`^${name} ((?:".*"\\n?)+)`, "m").exec(entry) ?? [];
        const pieces = lines?.trim().split("\n") ?? [];
        return pieces.map((piece) => JSON.parse(piece) as string).join("");
      };
      // Words with a context are others that happen to look alike.
      return part("msgctxt") === "" ? [[part("msgid"), part("msgstr")]] : [];
    }),
  );
}
