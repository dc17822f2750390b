import type { KnownCaller } from "../context.ts";

const MAX_KNOWN = 10_000;

/** The callers who called most recently. What they call for must be judged on the database all the same. */
export class KnownCallers {
  // In the order of their use: a Map keeps the order in which its keys were set.
  readonly #byHash = new Map<string, KnownCaller>();

  has(hash: string): boolean {
    return this.#byHash.has(hash);
  }

  find(hash: string): KnownCaller | undefined {
    const known = this.#byHash.get(hash);
    if (known) this.#byHash.delete(hash);
    if (known) this.#byHash.set(hash, known);
    return known;
  }

  remember(hash: string, caller: KnownCaller): void {
    this.#byHash.set(hash, caller);
    const [oldest] = this.#byHash.keys();
    if (this.#byHash.size > MAX_KNOWN && oldest !== undefined) this.#byHash.delete(oldest);
  }

  forget(hash: string): void {
    this.#byHash.delete(hash);
  }
}
