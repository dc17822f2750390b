import { DomainError } from "@serviceflow/domain";
import type { StreamSlots } from "../context.ts";

const RETRY_AFTER_SECONDS = 10;

/**
 * Limits the streams that each API key has open in this process.
 * @param max for each key; 0: no limit
 */
export function createStreamSlots(max: number): StreamSlots {
  const open = new Map<string, number>();
  return {
    take(keyUuid, headers) {
      const count = open.get(keyUuid) ?? 0;
      if (max > 0 && count >= max) {
        headers["retry-after"] = String(RETRY_AFTER_SECONDS);
        throw new DomainError(
          "rate_limited",
          `One API key can have ${max} open streams; close one of them.`,
        );
      }
      open.set(keyUuid, count + 1);
      let isReleased = false;
      return () => {
        if (isReleased) return;
        isReleased = true;
        const left = (open.get(keyUuid) ?? 1) - 1;
        if (left > 0) open.set(keyUuid, left);
        else open.delete(keyUuid);
      };
    },
  };
}
