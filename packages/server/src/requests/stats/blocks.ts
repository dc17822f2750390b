/** A run of whole blocks of one grain: a block has 2^grain units. */
export interface Blocks {
  grain: number;
  /** Number of the first block. */
  from: number;
  /** Number of the block after the last one. */
  to: number;
}

/** Of days. The largest block holds 90 years, so that all time is one block or few. */
export const DAY_GRAINS = [0, 3, 6, 9, 12, 15] as const;

/** Of quarters of an hour. The largest block holds 5 days. */
export const QUARTER_GRAINS = [0, 3, 6, 9] as const;

/** The fewest blocks that hold a range of units. */
export function blocksOf(from: number, to: number, grains: readonly number[]): Blocks[] {
  const found: Blocks[] = [];
  let [low, high] = [from, to];
  for (const [index, grain] of grains.entries()) {
    if (low >= high) break;
    const [first, last] = [low / 2 ** grain, high / 2 ** grain];
    const larger = grains[index + 1];
    if (larger === undefined) {
      found.push({ grain, from: first, to: last });
      break;
    }
    const size = 2 ** larger;
    const inner = [Math.ceil(low / size) * size, Math.floor(high / size) * size] as const;
    if (inner[0] >= inner[1]) {
      found.push({ grain, from: first, to: last });
      break;
    }
    if (low < inner[0]) found.push({ grain, from: first, to: inner[0] / 2 ** grain });
    if (inner[1] < high) found.push({ grain, from: inner[1] / 2 ** grain, to: last });
    [low, high] = inner;
  }
  return found;
}
