import { DomainError } from "@serviceflow/domain";
import type { LogReadSlots } from "../context.ts";

const RETRY_AFTER_SECONDS = 10;

/**
 * Limits the verifications and exports that each user runs at a time in this process.
 * @param max for each user; 0: no limit
 */
export function createLogReadSlots(max: number): LogReadSlots {
  const running = new Map<string, number>();
  return {
    take(userUuid, headers) {
      const count = running.get(userUuid) ?? 0;
      if (max > 0 && count >= max) {
        headers["retry-after"] = String(RETRY_AFTER_SECONDS);
        throw new DomainError(
          "rate_limited",
          `A user can run ${max} exports and verifications at a time; wait for one to end.`,
        );
      }
      running.set(userUuid, count + 1);
      let isReleased = false;
      return () => {
        if (isReleased) return;
        isReleased = true;
        const left = (running.get(userUuid) ?? 1) - 1;
        if (left > 0) running.set(userUuid, left);
        else running.delete(userUuid);
      };
    },
  };
}
