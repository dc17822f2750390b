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
  /**
   * @param stopping whether this is the last run
   * @returns true: there is more to do, so run again at once
   */
  work(stopping: boolean): Promise<unknown>;
}

/** Work in the background: every so often, one run at a time. Its timer does not keep the process alive. */
export class Job {
  readonly name: string;
  readonly #options: JobOptions;
  readonly #report: (error: unknown) => void;
  /** Compared by identity, so that a run of an earlier start schedules nothing for a later one. */
  #session: object | null = null;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: JobOptions) {
    this.name = options.name;
    this.#options = options;
    this.#report = failureReporter(options.log, options.name);
  }

  start(): void {
    if (this.#session) return;
    const session = {};
    this.#session = session;
    this.#schedule(session, this.#options.atStart ? 0 : this.#options.everyMs);
  }

  #schedule(session: object, waitMs: number): void {
    this.#timer = setTimeout(async () => {
      const hasMore = await this.#runQuietly(false);
      if (this.#session === session) {
        this.#schedule(session, hasMore ? 0 : this.#options.everyMs);
      }
    }, waitMs).unref();
  }

  async #runQuietly(stopping: boolean): Promise<boolean> {
    try {
      const result = await this.run(stopping);
      this.#report(null);
      return result === true;
    } catch (error) {
      this.#report(error);
      return false;
    }
  }

  /** Runs it once, after the run in progress; here a failure is thrown. */
  run(stopping = false): Promise<unknown> {
    const run = this.#running.then(() => this.#options.work(stopping));
    this.#running = run.catch(() => {});
    return run;
  }

  /** Waits for the run in progress. */
  async stop(): Promise<void> {
    const wasStarted = this.#session !== null;
    this.#session = null;
    clearTimeout(this.#timer);
    await this.#running;
    if (wasStarted && this.#options.atStop) await this.#runQuietly(true);
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
