import type { Write } from "../commands/write.ts";
import type { ListedWords } from "../context.ts";

/** Some megabytes. */
const MAX_WORDS = 50_000;

/** Words that the table of known words has, which loses none: people use the same words again and again. */
export class RememberedWords implements ListedWords {
  readonly #words = new Set<string>();

  missing(words: readonly string[]): string[] {
    return words.filter((word) => !this.#words.has(word));
  }

  add(words: readonly string[]): void {
    if (this.#words.size + words.length > MAX_WORDS) this.#words.clear();
    for (const word of words) this.#words.add(word);
  }
}

/** A write that lists words: it is given those that may be missing. */
export function listing(
  listed: ListedWords,
  words: readonly string[],
  toWrite: (missing: string[]) => Write,
): Write {
  const missing = listed.missing(words);
  const write = toWrite(missing);
  return {
    ...write,
    run: async (query, along) => {
      const holds = await write.run(query, along);
      if (holds) listed.add(missing);
      return holds;
    },
  };
}
