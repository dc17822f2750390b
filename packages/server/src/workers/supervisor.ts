import cluster, { type Worker } from "node:cluster";
import { availableParallelism } from "node:os";
import type { Logger } from "pino";
import { workerEnvironment } from "../config.ts";
import type { SignInFailure } from "../context.ts";
import { Metrics, type MetricValues } from "../http/metrics.ts";
import { once } from "../http/slots.ts";
import { Desk } from "./desk.ts";
import { mergeMetrics } from "./merge-metrics.ts";
import type { Answers, FromWorker, Question, ToWorker } from "./messages.ts";
import { restartDelay } from "./restart-delay.ts";

const MEASURE_LIMIT_MS = 2_000;
const MAX_UNRECORDED = 1_000;
/** How long what a worker has sent may still be read after its end. */
const LAST_WORDS_MS = 1_000;

/** No worker can run: the message says why. */
export class WorkersFailed extends Error {
  override readonly name = "WorkersFailed";
}

interface Place {
  number: number;
  worker: Worker;
  startedAt: number;
  quickDeaths: number;
  isReady: boolean;
  hasEnded: boolean;
}

export interface SupervisorOptions {
  workers: number;
  log: Logger;
  /** Where they listen. */
  port: number;
}

/** Keeps a number of workers running in the primary process, one of which leads. */
export class Supervisor {
  /** Rejects when the workers cannot go on. */
  readonly failed: Promise<never>;
  readonly #options: SupervisorOptions;
  readonly #desk: Desk;
  readonly #places = new Map<number, Place>();
  readonly #own = new Metrics();
  readonly #measuring = new Map<number, (metrics: MetricValues[]) => void>();
  readonly #unrecorded: SignInFailure[] = [];
  #fail: (error: Error) => void = () => {};
  #leader: Place | null = null;
  #isOpen = false;
  #isStopping = false;
  #isClean = true;
  #onChange: () => void = () => {};
  #nextId = 1;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#desk = new Desk(options.workers);
    this.#own.includeProcess();
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
    if (options.workers > availableParallelism()) {
      options.log.warn(
        { workers: options.workers, cores: availableParallelism() },
        "there are more workers than cores",
      );
    }
  }

  /** @returns the URL, once every worker listens. @throws WorkersFailed */
  async start(): Promise<string> {
    // Structured clones: JSON has no NaN, which a metric can be.
    cluster.setupPrimary({ serialization: "advanced" });
    const url = new Promise<string>((resolve) => {
      const found = (from: string) => {
        if ([...this.#places.values()].every(({ isReady }) => isReady)) resolve(from);
      };
      for (let number = 1; number <= this.#options.workers; number += 1)
        this.#fork(number, 0, found);
    });
    return Promise.race([url, this.failed]);
  }

  /** What is done once for all has been done: the workers, and those that replace them, become ready. */
  open(): void {
    this.#isOpen = true;
    for (const place of this.#running()) this.#send(place, { type: "open" });
  }

  /** The metrics of all workers and of this process. */
  async metricsText(): Promise<string> {
    const byWorker = new Map<string, readonly MetricValues[]>();
    byWorker.set("primary", await this.#own.values());
    const running = this.#running().filter(({ isReady }) => isReady);
    await Promise.all(
      running.map(async (place) => {
        const metrics = await this.#measure(place);
        if (metrics) byWorker.set(String(place.number), metrics);
      }),
    );
    return mergeMetrics(byWorker);
  }

  /**
   * Lets every worker finish its calls; the leader ends last.
   * @returns whether all of them ended cleanly
   */
  async stop(): Promise<boolean> {
    this.#isStopping = true;
    for (const place of this.#running()) this.#send(place, { type: "stop" });
    await this.#until(() => this.#running().every((place) => place === this.#leader));
    if (this.#leader) this.#send(this.#leader, { type: "finish" });
    await this.#until(() => this.#running().length === 0);
    return this.#isClean;
  }

  killAll(): void {
    this.#isStopping = true;
    for (const { worker } of this.#running()) worker.process.kill("SIGKILL");
  }

  #running(): Place[] {
    return [...this.#places.values()].filter(({ hasEnded }) => !hasEnded);
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = () => {
        if (holds()) resolve();
      };
      this.#onChange();
    });
  }

  #fork(number: number, quickDeaths: number, onReady: (url: string) => void): void {
    const { port, log } = this.#options;
    const worker = cluster.fork(workerEnvironment(number, port));
    const place: Place = {
      number,
      worker,
      startedAt: performance.now(),
      quickDeaths,
      isReady: false,
      hasEnded: false,
    };
    this.#places.set(number, place);
    worker.on("message", (message: FromWorker) => {
      if (message.type === "ready") {
        place.isReady = true;
        log.info({ worker: number, pid: worker.process.pid }, "worker started");
        if (this.#isOpen) this.#send(place, { type: "open" });
        this.#leader ??= this.#appoint(place);
        onReady(message.url);
      } else this.#receive(place, message);
    });
    worker.on("error", () => {});
    const ended = once(() => this.#ended(place));
    worker.once("exit", () => {
      // What it has sent is read by the time of "disconnect", which a process that was killed may never emit.
      if (!worker.isConnected()) return ended();
      worker.once("disconnect", ended);
      setTimeout(ended, LAST_WORDS_MS);
    });
  }

  #appoint(place: Place): Place {
    this.#send(place, { type: "lead" });
    for (const failure of this.#unrecorded.splice(0)) {
      this.#send(place, { type: "sign-in failure", failure });
    }
    return place;
  }

  #ended(place: Place): void {
    place.hasEnded = true;
    this.#desk.releaseAllOf(place.worker.id);
    const { exitCode, signalCode } = place.worker.process;
    if (this.#leader === place) {
      this.#leader = null;
      const heir = this.#isStopping ? undefined : this.#running().find(({ isReady }) => isReady);
      if (heir) this.#leader = this.#appoint(heir);
    }
    if (this.#isStopping) {
      if (exitCode !== 0) this.#isClean = false;
    } else this.#replace(place, signalCode ?? exitCode);
    this.#onChange();
  }

  #replace(
    { number, startedAt, quickDeaths, isReady }: Place,
    ended: string | number | null,
  ): void {
    if (!isReady && quickDeaths === 0) {
      this.#fail(new WorkersFailed(`Worker ${number} ended before it listened (${ended}).`));
      return;
    }
    const { delayMs, deaths } = restartDelay(performance.now() - startedAt, quickDeaths);
    this.#options.log.error({ worker: number, ended, delayMs }, "worker ended: starting another");
    setTimeout(() => {
      if (!this.#isStopping) this.#fork(number, deaths, () => {});
    }, delayMs);
  }

  #receive(place: Place, message: Exclude<FromWorker, { type: "ready" }>): void {
    switch (message.type) {
      case "failed":
        this.#fail(new WorkersFailed(message.reason));
        break;
      case "question":
        void this.#answer(place, message.question).then((answer) =>
          this.#send(place, { type: "answer", id: message.id, answer }),
        );
        break;
      case "release":
        this.#desk.release(message.ticket);
        break;
      case "measured":
        this.#measuring.get(message.id)?.(message.metrics);
        break;
      case "news":
        for (const other of this.#running()) if (other !== place) this.#send(other, message);
        break;
      case "sign-in failure":
        if (this.#leader) this.#send(this.#leader, message);
        else if (this.#unrecorded.length < MAX_UNRECORDED) this.#unrecorded.push(message.failure);
        break;
    }
  }

  async #answer(place: Place, question: Question): Promise<Answers[Question["of"]]> {
    switch (question.of) {
      case "points":
        return this.#desk.draw(question);
      case "slots":
        return this.#desk.take(question.claims, place.worker.id);
      case "metrics":
        return this.metricsText();
    }
  }

  /** @returns null when the worker does not answer in time */
  #measure(place: Place): Promise<MetricValues[] | null> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise<MetricValues[] | null>((resolve) => {
      const limit = setTimeout(() => resolve(null), MEASURE_LIMIT_MS);
      this.#measuring.set(id, (metrics) => {
        clearTimeout(limit);
        resolve(metrics);
      });
      this.#send(place, { type: "measure", id });
    }).finally(() => this.#measuring.delete(id));
  }

  #send({ worker }: Place, message: ToWorker): void {
    // One that is ending has closed its channel.
    if (worker.isConnected()) worker.send(message, () => {});
  }
}
