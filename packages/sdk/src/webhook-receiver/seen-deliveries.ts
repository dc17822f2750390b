/** Remembers which deliveries were handled. In a database, it holds for several processes and after a restart. */
export interface SeenDeliveries {
  /** Whether the delivery with this `webhook-id` was handled. */
  has(id: string): boolean | Promise<boolean>;
  /** Notes that it was. */
  add(id: string): unknown;
}

const MOST_REMEMBERED = 10_000;

/** The newest deliveries of this process. */
export class SeenInMemory implements SeenDeliveries {
  readonly #ids = new Set<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= MOST_REMEMBERED) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }
}
