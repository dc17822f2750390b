import type { Answer } from "./caller.ts";
import type { Load } from "./job.ts";
import { percentiles } from "./latencies.ts";

/** Counts the calls of a load. */
export class Tally {
  readonly #expected: number;
  readonly #latencies: number[] = [];
  readonly #unexpected: Record<string, number> = {};
  readonly #startedAt = performance.now();
  readonly #cpu = process.cpuUsage();
  #bytes = 0;
  #sized = 0;

  constructor(expected: number) {
    this.#expected = expected;
  }

  /** @param since when the call began, or was due, as `performance.now()` */
  add({ status, bytes }: Answer, since: number): void {
    this.#latencies.push(performance.now() - since);
    if (status !== this.#expected) this.#unexpected[status] = (this.#unexpected[status] ?? 0) + 1;
    if (bytes === null) return;
    this.#bytes += bytes;
    this.#sized += 1;
  }

  total(): Load {
    const calls = this.#latencies.length;
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      calls,
      seconds,
      perSecond: calls / seconds,
      ...percentiles(this.#latencies),
      bytes: this.#sized > 0 ? this.#bytes / this.#sized : null,
      unexpected: this.#unexpected,
      generatorCpuMs: (user + system) / 1_000,
    };
  }
}
