import { DomainError } from "@serviceflow/domain";
import type { LogReadSlots } from "../context.ts";
import type { SlotStore } from "../http/slots.ts";

const RETRY_AFTER_SECONDS = 10;

/**
 * Limits the verifications and exports that each user runs at a time.
 * @param max for each user; 0: no limit
 */
export function createLogReadSlots(store: SlotStore, max: number): LogReadSlots {
  return {
    async take(userUuid, headers) {
      const taken = await store.take([{ name: `log read of ${userUuid}`, max }]);
      if (typeof taken === "function") return taken;
      headers["retry-after"] = String(RETRY_AFTER_SECONDS);
      throw new DomainError(
        "rate_limited",
        `A user can run ${max} exports and verifications at a time; wait for one to end.`,
      );
    },
  };
}
