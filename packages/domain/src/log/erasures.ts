import type { SealedLink } from "./hash-chain.ts";
import { type MissingValue, missingIn } from "./missing-values.ts";

/**
 * Judges the missing values of a log that is read once, from its first entry: the erasure that explains one may come
 * long after it. Holds one id for each erased user, for each API key, and for each person with a missing value.
 */
export class Erasures {
  /** The first missing value of each person. */
  readonly #missing = new Map<string, MissingValue>();
  readonly #erased = new Set<string>();
  readonly #ownerOf = new Map<string, string>();
  /** Number of values that are missing. */
  values = 0;

  /** Takes the next link. @returns a missing value that no erasure can explain */
  read(link: SealedLink): MissingValue | null {
    const { action, subject, changes } = link.entry;
    if (action === "user.erased") this.#erased.add(subject.id);
    if (action === "api_key.issued") this.#ownerOf.set(subject.id, String(changes.userId?.to));
    for (const value of missingIn(link)) {
      this.values += 1;
      if (value.person === null) return value;
      if (!this.#missing.has(value.person)) this.#missing.set(value.person, value);
    }
    return null;
  }

  /**
   * Once the whole log was read: the first missing value that no erasure explains, and the later erasures that explain
   * the others.
   * @param later users whose erasure is recorded after the end of what was read
   */
  judge(later: readonly string[]): { unexplained: MissingValue | null; later: string[] } {
    const isLater = new Set(later);
    const needed = new Set<string>();
    for (const [person, value] of this.#missing) {
      const user = this.#ownerOf.get(person) ?? person;
      if (this.#erased.has(user)) continue;
      if (!isLater.has(user)) return { unexplained: value, later: [...needed] };
      needed.add(user);
    }
    return { unexplained: null, later: [...needed] };
  }
}
