import { setTimeout as pause } from "node:timers/promises";
import { type Answer, type CallOptions, caller } from "./test-app.ts";

/** A call without an answer for so long counts as hanging, even on a machine that is busy with other work. */
const ANSWER_LIMIT_MS = 60_000;
const GIVE_UP_MS = 120_000;
const BACKOFF_MS = 20;

/** A client written by hand, as the documentation tells one to: what can be retried is sent again as it was. */
export class RetryingClient {
  /** How often each status was answered, "network" and "hung" among them. */
  readonly tally = new Map<number | "network" | "hung", number>();
  slowestMs = 0;
  replayed = 0;
  #gaveUp = false;
  #inARow = 0;
  #recovered: (() => void) | null = null;
  readonly #call: ReturnType<typeof caller>;

  constructor(url: string) {
    const limited = ((input: string, init?: RequestInit) =>
      fetch(input, { ...init, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) })) as typeof fetch;
    this.#call = caller(limited, `${url}/api/v1`);
  }

  get figures(): Record<string, number> {
    return {
      answered: [...this.tally].reduce(
        (sum, [kind, n]) => sum + (typeof kind === "number" ? n : 0),
        0,
      ),
      replayed: this.replayed,
      slowestMs: Math.round(this.slowestMs),
      ...Object.fromEntries(this.tally),
    };
  }

  count(kind: number | "network" | "hung"): number {
    return this.tally.get(kind) ?? 0;
  }

  /** Sends it once; null when no answer came. */
  async attempt(method: string, path: string, options: CallOptions = {}): Promise<Answer | null> {
    const began = performance.now();
    try {
      const answer = await this.#call(method, path, options);
      this.#note(answer.status);
      if (answer.headers.get("idempotent-replayed") === "true") this.replayed += 1;
      return answer;
    } catch (error) {
      this.#note((error as Error).name === "TimeoutError" ? "hung" : "network");
      return null;
    } finally {
      this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
    }
  }

  /** Sends it until the answer is one that sending it again would not change. */
  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const limit = performance.now() + GIVE_UP_MS;
    for (;;) {
      const answer = await this.attempt(method, path, options);
      if (answer && !(answer.status >= 400 && answer.body?.retryable === true)) return answer;
      if (this.#gaveUp || performance.now() > limit) throw new Error(`Gave up ${method} ${path}`);
      await pause(BACKOFF_MS * Math.random());
    }
  }

  /** Waits until that many answers in a row, counted from now, are none that one would have to send again. */
  succeeds(times: number): Promise<void> {
    this.#inARow = 0;
    return new Promise((resolve) => {
      this.#recovered = () => {
        if (this.#inARow >= times) resolve();
      };
    });
  }

  /** Sends nothing again from now on. */
  giveUp(): void {
    this.#gaveUp = true;
  }

  #note(kind: number | "network" | "hung"): void {
    this.tally.set(kind, this.count(kind) + 1);
    this.#inARow = typeof kind === "number" && kind < 500 ? this.#inARow + 1 : 0;
    this.#recovered?.();
  }
}
