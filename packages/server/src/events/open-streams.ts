import { DomainError } from "@serviceflow/domain";

const RETRY_SECONDS = 10;

/** How many streams each API key has open in this process. */
export class OpenStreams {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  /** @param most for each key; 0: no limit */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Takes one; the answer gives it back.
   * @param headers of the answer, where a refusal says when to come again
   * @throws DomainError `rate_limited`
   */
  take(keyUuid: string, headers: Record<string, string>): () => void {
    const count = this.#open.get(keyUuid) ?? 0;
    if (this.#most > 0 && count >= this.#most) {
      headers["retry-after"] = String(RETRY_SECONDS);
      throw new DomainError(
        "rate_limited",
        `There can be ${this.#most} open streams with one API key; close one of them.`,
      );
    }
    this.#open.set(keyUuid, count + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const left = (this.#open.get(keyUuid) ?? 1) - 1;
      if (left > 0) this.#open.set(keyUuid, left);
      else this.#open.delete(keyUuid);
    };
  }
}
