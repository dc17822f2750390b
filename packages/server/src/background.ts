import type { Logger } from "pino";
import { describeFailure } from "./db/failure.ts";

export interface JobOptions {
  log: Logger;
  /** What it does, as an infinitive: a failure is logged as "could not <name>". */
  name: string;
  everyMs: number;
  /** Runs as soon as it starts. */
  atStart?: boolean;
  /** Runs once more when it stops, to write what is pending. */
  atStop?: boolean;
  /** After so long the next run starts, beside one that hangs; by default each run waits for the one before it. */
  maxRunMs?: number;
  /**
   * @param stop aborts when the job stops, and is aborted in the last run; throwing its reason does not count as a failure
   * @returns true: there is more to do, so run again at once
   */
  work(stop: AbortSignal): Promise<unknown>;
}

/** Work in the background: every so often, one run at a time. Its timer does not keep the process alive. */
export class Job {
  readonly name: string;
  readonly #options: JobOptions;
  readonly #report: (error: unknown) => void;
  #isStarted = false;
  /** Of the latest start. */
  #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: JobOptions) {
    this.name = options.name;
    this.#options = options;
    this.#report = failureReporter(options.log, options.name);
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#stop = new AbortController();
    this.#schedule(this.#stop.signal, this.#options.atStart ? 0 : this.#options.everyMs);
  }

  #schedule(stop: AbortSignal, waitMs: number): void {
    this.#timer = setTimeout(async () => {
      const runsAgain = await this.#untilLimit(this.#runQuietly(), true);
      if (!stop.aborted) this.#schedule(stop, runsAgain ? 0 : this.#options.everyMs);
    }, waitMs).unref();
  }

  async #runQuietly(): Promise<boolean> {
    const { signal } = this.#stop;
    try {
      const result = await this.run();
      this.#report(null);
      return result === true;
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) this.#report(error);
      return false;
    }
  }

  /** Runs it once, after the run in progress; here a failure is thrown. */
  run(): Promise<unknown> {
    const { signal } = this.#stop;
    const run = this.#running.then(() => this.#options.work(signal));
    const ended = run.catch(() => {});
    this.#running = this.#running.then(() => this.#untilLimit(ended, null));
    return run;
  }

  async #untilLimit<Result, Late>(run: Promise<Result>, late: Late): Promise<Result | Late> {
    const { maxRunMs } = this.#options;
    if (maxRunMs === undefined) return run;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<Late>((resolve) => {
      timer = setTimeout(() => resolve(late), maxRunMs).unref();
    });
    return Promise.race([run, limit]).finally(() => clearTimeout(timer));
  }

  /** Waits for the run in progress, up to its limit. */
  async stop(): Promise<void> {
    const wasStarted = this.#isStarted;
    this.#isStarted = false;
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#running;
    if (wasStarted && this.#options.atStop) await this.#runQuietly();
  }
}

/**
 * Logs a failure once, until it has succeeded again: an unreachable database would fill the log.
 * @returns takes what happened: an error, or null for a success
 */
export function failureReporter(log: Logger, name: string): (error: unknown) => void {
  let isFailing = false;
  return (error) => {
    if (error !== null && !isFailing) log.warn(describeFailure(error), `could not ${name}`);
    isFailing = error !== null;
  };
}
