import { DomainError } from "@serviceflow/domain";
import type { StreamSlots } from "../context.ts";
import type { SlotStore } from "../http/slots.ts";

const RETRY_AFTER_SECONDS = 10;

/** Open streams; 0: no limit. */
export interface StreamLimits {
  perKey: number;
  /** With all keys of the user together. */
  perUser: number;
}

/** Limits the streams that each API key and each user has open. */
export function createStreamSlots(
  store: SlotStore,
  { perKey, perUser }: StreamLimits,
): StreamSlots {
  return {
    async take({ keyUuid, userUuid }, headers) {
      const taken = await store.take([
        { name: `stream of key ${keyUuid}`, max: perKey },
        { name: `stream of user ${userUuid}`, max: perUser },
      ]);
      if (typeof taken === "function") return taken;
      const [who, max] = taken.full === 0 ? ["One API key", perKey] : ["One user", perUser];
      headers["retry-after"] = String(RETRY_AFTER_SECONDS);
      throw new DomainError(
        "rate_limited",
        `${who} can have ${max} open streams; close one of them.`,
      );
    },
  };
}
