import type { Draw } from "../http/fixed-windows.ts";
import type { Counter } from "../http/limit-counter.ts";

/** A worker draws at most this part of its even share of a window at a time. */
const PARTS_OF_SHARE = 20;
const FIRST_SWEEP = 1_024;

interface Held extends Draw {
  endsAt: number;
}

/** Draws points from the window of a name. */
export type DrawPoints = (name: string, wanted: number) => Promise<Draw>;

/** How many points a worker draws at a time: the others cannot use those that it has left. */
export function pointsAtOnce(quota: number, workers: number): number {
  return Math.max(1, Math.floor(quota / workers / PARTS_OF_SHARE));
}

/**
 * A counter of which each worker draws points in advance, so that few calls wait for another process. Together they never
 * allow more than the window has.
 */
export class SharedCounter implements Counter {
  readonly #draw: DrawPoints;
  readonly #atOnce: number;
  readonly #held = new Map<string, Held>();
  readonly #drawing = new Map<string, Promise<void>>();
  #sweepAt = FIRST_SWEEP;

  constructor(draw: DrawPoints, atOnce: number) {
    this.#draw = draw;
    this.#atOnce = atOnce;
  }

  async consume(name: string) {
    for (;;) {
      const now = performance.now();
      const held = this.#held.get(name);
      if (held && held.endsAt > now) {
        const msBeforeNext = held.endsAt - now;
        if (held.granted > 0) {
          held.granted -= 1;
          const remainingPoints = held.granted + held.left;
          return { refused: false, state: { remainingPoints, msBeforeNext } };
        }
        if (held.left === 0) return { refused: true, state: { remainingPoints: 0, msBeforeNext } };
      }
      await this.#drawOnce(name);
    }
  }

  refund(name: string): void {
    const held = this.#held.get(name);
    if (held && held.endsAt > performance.now()) held.granted += 1;
  }

  #drawOnce(name: string): Promise<void> {
    const running = this.#drawing.get(name);
    if (running) return running;
    // Before the answer: the window must not end later here than in the primary.
    const askedAt = performance.now();
    const drawing = this.#draw(name, this.#atOnce)
      .then((draw) => {
        this.#sweep();
        this.#held.set(name, { ...draw, endsAt: askedAt + draw.msBeforeNext });
      })
      .finally(() => this.#drawing.delete(name));
    this.#drawing.set(name, drawing);
    return drawing;
  }

  #sweep(): void {
    if (this.#held.size < this.#sweepAt) return;
    const now = performance.now();
    for (const [name, { endsAt }] of this.#held) if (endsAt <= now) this.#held.delete(name);
    this.#sweepAt = Math.max(FIRST_SWEEP, 2 * this.#held.size);
  }
}
