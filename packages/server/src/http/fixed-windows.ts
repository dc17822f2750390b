/** What is drawn from a window, and what remains of it. */
export interface Draw {
  granted: number;
  /** Points that nobody has drawn yet. */
  left: number;
  msBeforeNext: number;
}

interface Window {
  left: number;
  endsAt: number;
}

const FIRST_SWEEP = 1_024;

/** Fixed windows of points, each from its first draw. Those that have ended are forgotten. */
export class FixedWindows {
  readonly #windows = new Map<string, Window>();
  #sweepAt = FIRST_SWEEP;

  get size(): number {
    return this.#windows.size;
  }

  /**
   * Draws points for one holder among several. When little remains, it gets no more than its share, so that what others
   * cannot reach is little as well.
   * @param now in milliseconds, on a clock that never goes back
   */
  draw(
    name: string,
    { quota, ms, wanted, holders }: { quota: number; ms: number; wanted: number; holders: number },
    now: number,
  ): Draw {
    let window = this.#windows.get(name);
    if (!window || window.endsAt <= now) {
      this.#sweep(now);
      window = { left: quota, endsAt: now + ms };
      this.#windows.set(name, window);
    }
    const share = Math.max(1, Math.floor(window.left / holders));
    const granted = Math.min(wanted, share, window.left);
    window.left -= granted;
    return { granted, left: window.left, msBeforeNext: window.endsAt - now };
  }

  #sweep(now: number): void {
    if (this.#windows.size < this.#sweepAt) return;
    for (const [name, { endsAt }] of this.#windows) if (endsAt <= now) this.#windows.delete(name);
    this.#sweepAt = Math.max(FIRST_SWEEP, 2 * this.#windows.size);
  }
}
