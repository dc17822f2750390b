import { randomUUID } from "node:crypto";
import { failureReporter, Job } from "../background.ts";
import type { Services } from "../context.ts";
import type { LoadEvents } from "../events/store.ts";
import { type Delivering, deliver, type ReadyDelivery, withEvents } from "./deliver.ts";
import { dueDeliveries } from "./due.ts";
import { SendingHome } from "./home.ts";
import { Lane } from "./lane.ts";
import { endLease, leaseDue, renewLeases } from "./leases.ts";
import { queueDeliveries } from "./queue.ts";
import { removeDeliveriesOfDeleted, removeOldDeliveries } from "./remove-old.ts";
import { WebhookClient, type WebhookSender } from "./send.ts";

const INTERVAL_MS = 250;
const LEASE_MS = 6_000;
const RENEW_MS = 2_000;
const REMOVE_INTERVAL_MS = 60 * 60_000;
const CLOSE_LIMIT_MS = 3_000;

/**
 * Queues and sends deliveries, on every replica. Each webhook is a lane of its own: one process at a time sends to it, and no
 * lane waits for another.
 */
export class WebhookDispatcher {
  readonly jobs: readonly Job[];
  readonly #services: Delivering["services"];
  readonly #loadEvents: LoadEvents;
  readonly #client: WebhookSender;
  readonly #queueing: Job;
  readonly #maxInFlight: number;
  readonly #report: (error: unknown) => void;
  readonly #home: SendingHome;
  readonly #lanes = new Map<string, Leased>();
  readonly #abort = new AbortController();
  #closed = false;

  constructor(
    services: Delivering["services"] & Pick<Services, "webhookTargets">,
    loadEvents: LoadEvents,
    {
      timeoutMs,
      maxInFlight,
      sender,
    }: { timeoutMs: number; maxInFlight: number; sender?: WebhookSender | undefined },
  ) {
    const { db, log } = services;
    this.#services = services;
    this.#home = new SendingHome(services);
    this.#loadEvents = loadEvents;
    this.#client =
      sender ??
      new WebhookClient(services.webhookTargets, {
        timeoutMs,
        keptConnections: maxInFlight,
        tracer: services.tracer,
      });
    this.#maxInFlight = maxInFlight;
    this.#report = failureReporter(log, "send to webhooks");
    this.#queueing = new Job({
      log,
      name: "queue webhook deliveries",
      everyMs: INTERVAL_MS,
      work: () => this.#dispatch(),
    });
    this.jobs = [
      this.#queueing,
      new Job({
        log,
        name: "renew webhook leases",
        everyMs: RENEW_MS,
        // A query that hangs must not lose the leases.
        maxRunMs: RENEW_MS,
        work: () => this.#renew(),
      }),
      new Job({
        log,
        name: "remove old webhook deliveries",
        everyMs: REMOVE_INTERVAL_MS,
        work: async (stop) => {
          await removeOldDeliveries(db, stop);
          await removeDeliveriesOfDeleted(db, stop);
        },
      }),
    ];
  }

  /** @returns whether the feed holds more to queue */
  async #dispatch(): Promise<boolean> {
    if (!(await this.#home.maySend())) return false;
    const hasMore = await queueDeliveries(this.#services);
    if (this.#closed) return false;
    const lease = randomUUID();
    for (const webhook of await leaseDue(this.#services.db, lease, LEASE_MS)) {
      this.#begin(webhook, lease);
    }
    return hasMore;
  }

  /** After a pause of this process its own lease can have expired: the lane that holds it still ends first. */
  #begin(webhook: string, lease: string): void {
    const before = this.#lanes.get(webhook)?.done ?? Promise.resolve();
    const done = before
      .then(() => this.#sendTo(webhook, lease))
      .then(
        () => this.#report(null),
        // Nothing is lost: the queue is in the database.
        (error: unknown) => this.#report(error),
      )
      .finally(() => {
        if (this.#lanes.get(webhook) === leased) this.#lanes.delete(webhook);
      });
    const leased: Leased = { lease, done };
    this.#lanes.set(webhook, leased);
  }

  async #renew(): Promise<void> {
    if (this.#lanes.size === 0) return;
    const lanes = [...this.#lanes];
    await renewLeases(
      this.#services.db,
      lanes.map(([id]) => id),
      lanes.map(([, { lease }]) => lease),
      LEASE_MS,
    );
  }

  /** Sends what is due for one webhook, until nothing is. */
  async #sendTo(webhook: string, lease: string): Promise<void> {
    const { db } = this.#services;
    const delivering = {
      services: this.#services,
      client: this.#client,
      signal: this.#abort.signal,
    };
    const lane = new Lane<ReadyDelivery>({
      maxInFlight: this.#maxInFlight,
      load: async (limit) => {
        const due = await dueDeliveries(db, lease, webhook, limit);
        const { leaseMs = 0, failingSince = null } = due[0] ?? {};
        return { deliveries: await withEvents(db, due, this.#loadEvents), leaseMs, failingSince };
      },
      send: (delivery, failingSince) => deliver(delivering, delivery, failingSince),
      isClosed: () => this.#closed,
    });
    try {
      await lane.run();
    } finally {
      await endLease(db, lease, webhook);
    }
  }

  start(): void {
    for (const job of this.jobs) job.start();
  }

  /** Sends all that is due now, and what has happened until then, once. */
  async flush(): Promise<void> {
    for (let hasMore: unknown = true; hasMore || this.#lanes.size > 0; ) {
      hasMore = await this.#queueing.run();
      await Promise.all([...this.#lanes.values()].map(({ done }) => done));
    }
  }

  /** Lets sends in progress finish for a while, and releases their leases. */
  async stop(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.jobs.map((job) => job.stop()));
    const limit = setTimeout(() => this.#abort.abort(), CLOSE_LIMIT_MS);
    await Promise.all([...this.#lanes.values()].map(({ done }) => done));
    clearTimeout(limit);
    this.#client.close();
  }
}

/** The sending to one webhook under one lease. */
interface Leased {
  lease: string;
  done: Promise<void>;
}
