import cluster from "node:cluster";
import { once as eventOf } from "node:events";
import type { SignInFailure } from "../context.ts";
import type { CounterStore } from "../http/limit-counter.ts";
import type { LimitNews, LimitPeers } from "../http/limits.ts";
import type { MetricValues } from "../http/metrics.ts";
import { once, type SlotStore } from "../http/slots.ts";
import type { Answers, FromWorker, Question, ToWorker } from "./messages.ts";
import { pointsAtOnce, SharedCounter } from "./shared-counter.ts";

/** What a worker shares with the others through the primary process. */
export interface Member {
  counters(workers: number): CounterStore;
  readonly slots: SlotStore;
  readonly peers: LimitPeers;
  /** The metrics of all workers as text. */
  metricsText(): Promise<string>;
  /** Whether this process does what one does for all. */
  leads(): boolean;
  onLead(listen: () => void): void;
  /** Passes it to the leader, who records it. */
  passFailure(failure: SignInFailure): void;
  onFailure(listen: (failure: SignInFailure) => void): void;
  /** Answers the primary, which collects the metrics of all. */
  onMeasure(measure: () => Promise<MetricValues[]>): void;
}

/** This worker's end of the channel to the primary process. */
export class WorkerChannel implements Member {
  readonly #asked = new Map<number, (answer: never) => void>();
  readonly #listeners: { [Type in ToWorker["type"]]?: (message: never) => void } = {};
  /** When the primary says so. */
  readonly stopped: Promise<unknown>;
  /** When the other workers have ended; at once, unless this one leads. */
  readonly #finish: Promise<unknown>;
  #nextId = 1;
  #leads = false;
  #isReady = false;

  constructor() {
    this.stopped = new Promise((resolve) => {
      this.#on("stop", resolve);
    });
    this.#finish = new Promise((resolve) => {
      this.#on("finish", resolve);
    });
    this.#on("answer", ({ id, answer }) => {
      this.#asked.get(id)?.(answer as never);
      this.#asked.delete(id);
    });
    process.on("message", (message: ToWorker) => {
      if (message.type === "lead") this.#leads = true;
      this.#listeners[message.type]?.(message as never);
    });
    // They reach the whole process group: the primary says when to stop.
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => {});
  }

  counters(workers: number): CounterStore {
    return {
      counter: (counter, quota, seconds) =>
        new SharedCounter(
          (name, wanted) =>
            this.#ask<"points">({
              of: "points",
              name: `${counter}:${name}`,
              quota,
              ms: seconds * 1000,
              wanted,
            }),
          pointsAtOnce(quota, workers),
        ),
      close: () => {},
    };
  }

  get slots(): SlotStore {
    return {
      take: async (claims) => {
        const taken = await this.#ask<"slots">({ of: "slots", claims });
        if ("full" in taken) return taken;
        return once(() => this.#send({ type: "release", ticket: taken.ticket }));
      },
    };
  }

  get peers(): LimitPeers {
    return {
      tell: (news: LimitNews) => this.#send({ type: "news", news }),
      onNews: (listen) => this.#on("news", ({ news }) => listen(news)),
    };
  }

  metricsText(): Promise<string> {
    return this.#ask<"metrics">({ of: "metrics" });
  }

  leads(): boolean {
    return this.#leads;
  }

  onLead(listen: () => void): void {
    this.#on("lead", listen);
  }

  onOpen(listen: () => void): void {
    this.#on("open", listen);
  }

  passFailure(failure: SignInFailure): void {
    this.#send({ type: "sign-in failure", failure });
  }

  onFailure(listen: (failure: SignInFailure) => void): void {
    this.#on("sign-in failure", ({ failure }) => listen(failure));
  }

  onMeasure(measure: () => Promise<MetricValues[]>): void {
    this.#on("measure", ({ id }) => {
      // The primary goes without those of a worker that cannot measure.
      measure().then(
        (metrics) => this.#send({ type: "measured", id, metrics }),
        () => {},
      );
    });
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  ready(url: string): void {
    this.#isReady = true;
    this.#send({ type: "ready", url });
  }

  /** The leader outlives the others, whose last entries it seals. */
  async othersEnded(): Promise<void> {
    if (this.#leads) await this.#finish;
  }

  /** @param reason why no worker can start */
  fail(reason: string): void {
    this.#send({ type: "failed", reason });
  }

  /** Closes the channel, so that the process can end. */
  async leave(): Promise<void> {
    const { worker } = cluster;
    if (!worker?.isConnected()) return;
    const left = eventOf(worker, "disconnect");
    worker.disconnect();
    await left;
  }

  #on<Type extends ToWorker["type"]>(
    type: Type,
    listen: (message: Extract<ToWorker, { type: Type }>) => void,
  ): void {
    this.#listeners[type] = listen as (message: never) => void;
  }

  #ask<Of extends Question["of"]>(question: Extract<Question, { of: Of }>): Promise<Answers[Of]> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve as (answer: never) => void);
      this.#send({ type: "question", id, question });
    });
  }

  #send(message: FromWorker): void {
    // Without the primary this process ends at once, and so does what it was about to say.
    if (process.connected) process.send?.(message);
  }
}
