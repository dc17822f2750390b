import { randomBytes } from "node:crypto";

const POOL_BYTES = 8192;

/** Random bytes out of pools that are filled at once: `randomBytes` costs about as much for ten bytes as for thousands. */
export function pooledRandomBytes(): (size: number) => Uint8Array {
  let pool = Buffer.alloc(0);
  let used = 0;
  return (size) => {
    if (used + size > pool.length) {
      pool = randomBytes(Math.max(POOL_BYTES, size));
      used = 0;
    }
    used += size;
    return pool.subarray(used - size, used);
  };
}
