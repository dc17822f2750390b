/** Too many wait for a turn already, or it did not come in time. */
export class NoTurn extends Error {
  override readonly name = "NoTurn";
}

/** How many may wait in a queue, and how long each. */
export interface QueueLimits {
  maxWaiting: number;
  maxWaitMs: number;
}

/** Runs a bounded number of tasks at a time. The others wait, first come first served. */
export class Turns {
  readonly #max: number;
  #running = 0;
  readonly #waiting = new Set<() => void>();

  /** @param max tasks that run at a time */
  constructor(max: number) {
    this.#max = max;
  }

  get isIdle(): boolean {
    return this.#running === 0;
  }

  /**
   * Runs a task when its turn comes.
   * @param limits of waiting; none by default
   * @throws NoTurn before the task begins
   */
  async run<Result>(task: () => Promise<Result>, limits?: QueueLimits): Promise<Result> {
    if (this.#running < this.#max) this.#running += 1;
    else await this.#wait(limits);
    try {
      return await task();
    } finally {
      this.#pass();
    }
  }

  async #wait(limits: QueueLimits | undefined): Promise<void> {
    if (limits && this.#waiting.size >= limits.maxWaiting) {
      throw new NoTurn(`${this.#waiting.size} are waiting already.`);
    }
    let timer: NodeJS.Timeout | undefined;
    let begin: () => void = () => {};
    await new Promise<void>((resolve, reject) => {
      begin = resolve;
      this.#waiting.add(begin);
      if (!limits) return;
      timer = setTimeout(
        () => reject(new NoTurn(`No turn came in ${limits.maxWaitMs} ms.`)),
        limits.maxWaitMs,
      );
    }).finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(begin);
    });
  }

  /** Hands the turn to the task that has waited longest. */
  #pass(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

/** The same for each key, such as a user: the tasks of one do not wait for those of another. */
export class TurnsByKey {
  readonly #max: number;
  readonly #turns = new Map<string, Turns>();

  /** @param max tasks of one key that run at a time */
  constructor(max: number) {
    this.#max = max;
  }

  async run<Result>(key: string, task: () => Promise<Result>): Promise<Result> {
    const turns = this.#turns.get(key) ?? new Turns(this.#max);
    this.#turns.set(key, turns);
    try {
      return await turns.run(task);
    } finally {
      if (turns.isIdle) this.#turns.delete(key);
    }
  }
}
