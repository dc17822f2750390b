import type { Write } from "../commands/write.ts";
import type { ListedWords } from "../context.ts";
import type { Database } from "../db/database.ts";

/** Some megabytes. */
const MAX_WORDS = 50_000;

/**
 * Words that the table of known words has: people use the same words again and again. It loses none, but a database that
 * takes over can lack the newest, so a lost connection makes all of them unknown.
 */
export class RememberedWords implements ListedWords {
  readonly #words = new Set<string>();
  readonly #connections: Pick<Database, "lostConnections">;
  #lost = 0;

  constructor(connections: Pick<Database, "lostConnections">) {
    this.#connections = connections;
  }

  missing(words: readonly string[]): string[] {
    const lost = this.#connections.lostConnections();
    if (lost !== this.#lost) this.#words.clear();
    this.#lost = lost;
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
