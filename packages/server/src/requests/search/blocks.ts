import { BLOCKS, markOf } from "../words.ts";

/** A block of numbers. */
export interface Block {
  mark: string;
  /** The lowest of them. */
  low: number;
}

export type BlockSizes = readonly (typeof BLOCKS)[number][];

/** So many blocks of a size, before those of the next one begin where their numbers do. */
const OF_EACH_SIZE = 8;

/** The blocks that hold every number below one, newest first. */
export function* blocksBelow(below: number, sizes: BlockSizes = BLOCKS): Generator<Block> {
  let next = below - 1;
  for (const [index, [bits, letter]] of sizes.entries()) {
    const larger = sizes[index + 1];
    for (let count = 0; next > 0; count += 1) {
      if (larger && count >= OF_EACH_SIZE && (next + 1) % 2 ** larger[0] === 0) break;
      const block = next >> bits;
      next = block * 2 ** bits - 1;
      yield { mark: markOf(letter, block), low: next + 1 };
    }
  }
}
