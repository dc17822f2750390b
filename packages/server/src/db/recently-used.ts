/** A cache of the values that were used most recently. */
export class RecentlyUsed<Value> {
  readonly #max: number;
  // In the order of their use: a Map keeps the order in which its keys were set.
  readonly #values = new Map<string, Value>();

  constructor(max: number) {
    this.#max = max;
  }

  /** @param build makes the value when it is not there */
  get(key: string, build: () => Value): Value {
    const value = this.#values.get(key) ?? build();
    this.set(key, value);
    return value;
  }

  /** Whether it is there. It does not count as used. */
  has(key: string): boolean {
    return this.#values.has(key);
  }

  find(key: string): Value | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#max && oldest !== undefined) this.#values.delete(oldest);
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  get size(): number {
    return this.#values.size;
  }
}
