/** A slot that is wanted of `max`; 0: no limit. */
export interface Claim {
  name: string;
  max: number;
}

/** Why nothing was taken: the position of the claim whose slots are all taken. */
interface Full {
  full: number;
}

/** Where slots are counted. */
export interface SlotStore {
  /** Takes a slot of every claim, or of none. @returns gives them back; calling it again does nothing */
  take(claims: readonly Claim[]): Promise<(() => void) | Full>;
}

/** Slots that are taken. */
export class OpenSlots {
  readonly #taken = new Map<string, number>();

  /** @returns the position of a claim whose slots are all taken; null: one of each was taken */
  take(claims: readonly Claim[]): number | null {
    const full = claims.findIndex(
      ({ name, max }) => max > 0 && (this.#taken.get(name) ?? 0) >= max,
    );
    if (full !== -1) return full;
    for (const { name } of claims) this.#taken.set(name, (this.#taken.get(name) ?? 0) + 1);
    return null;
  }

  release(claims: readonly Claim[]): void {
    for (const { name } of claims) {
      const left = (this.#taken.get(name) ?? 1) - 1;
      if (left > 0) this.#taken.set(name, left);
      else this.#taken.delete(name);
    }
  }
}

/** Slots of this process. */
export function memorySlots(): SlotStore {
  const open = new OpenSlots();
  return {
    async take(claims) {
      const full = open.take(claims);
      return full === null ? once(() => open.release(claims)) : { full };
    },
  };
}

/** @returns calls it the first time only */
export function once(release: () => void): () => void {
  let isReleased = false;
  return () => {
    if (isReleased) return;
    isReleased = true;
    release();
  };
}
