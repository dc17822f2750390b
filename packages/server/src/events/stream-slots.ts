import { DomainError } from "@serviceflow/domain";
import type { StreamSlots } from "../context.ts";

const RETRY_AFTER_SECONDS = 10;

/** Open streams in this process; 0: no limit. */
export interface StreamLimits {
  perKey: number;
  /** With all keys of the user together. */
  perUser: number;
}

/** Limits the streams that each API key and each user has open in this process. */
export function createStreamSlots({ perKey, perUser }: StreamLimits): StreamSlots {
  const ofKeys = new OpenCounts(perKey);
  const ofUsers = new OpenCounts(perUser);
  const refused = (headers: Record<string, string>, who: string, max: number) => {
    headers["retry-after"] = String(RETRY_AFTER_SECONDS);
    return new DomainError(
      "rate_limited",
      `${who} can have ${max} open streams; close one of them.`,
    );
  };
  return {
    take({ keyUuid, userUuid }, headers) {
      if (ofKeys.isFull(keyUuid)) throw refused(headers, "One API key", perKey);
      if (ofUsers.isFull(userUuid)) throw refused(headers, "One user", perUser);
      ofKeys.add(keyUuid, 1);
      ofUsers.add(userUuid, 1);
      let isReleased = false;
      return () => {
        if (isReleased) return;
        isReleased = true;
        ofKeys.add(keyUuid, -1);
        ofUsers.add(userUuid, -1);
      };
    },
  };
}

class OpenCounts {
  readonly #max: number;
  readonly #open = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  isFull(id: string): boolean {
    return this.#max > 0 && (this.#open.get(id) ?? 0) >= this.#max;
  }

  add(id: string, change: 1 | -1): void {
    const count = (this.#open.get(id) ?? 0) + change;
    if (count > 0) this.#open.set(id, count);
    else this.#open.delete(id);
  }
}
