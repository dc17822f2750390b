import { randomUUID } from "node:crypto";
import { outcomeOf } from "@serviceflow/domain";
import { failureReporter, Job } from "../background.ts";
import type { Services } from "../context.ts";
import type { LoadEvents, LoadedEvent } from "../events/store.ts";
import { toEvent } from "../events/to-event.ts";
import { finishAttempt } from "./attempts.ts";
import { toWebhook } from "./columns.ts";
import { disable } from "./disable.ts";
import { type DueDelivery, dueDeliveries, messageId } from "./due.ts";
import { endLease, leaseDue, renewLeases } from "./leases.ts";
import { payloadOf } from "./payload.ts";
import { queueDeliveries } from "./queue.ts";
import { removeDeliveriesOfDeleted, removeOldDeliveries } from "./remove-old.ts";
import { signedHeaders } from "./secret.ts";
import { type Sent, WebhookClient } from "./send.ts";

const INTERVAL_MS = 250;
const LEASE_MS = 6_000;
const RENEW_MS = 2_000;
const BATCH_SIZE = 20;
/** A batch is reloaded after that time, since its events may have changed. */
const BATCH_MS = 2_000;
const REMOVE_INTERVAL_MS = 60 * 60_000;
const CLOSE_LIMIT_MS = 3_000;

/**
 * Queues and sends deliveries, on every replica. Each webhook is a lane of its own: one message at a time, by one process
 * at a time, and no lane waits for another.
 */
export class WebhookDispatcher {
  readonly jobs: readonly Job[];
  readonly #services: Pick<Services, "db" | "log" | "clock" | "random">;
  readonly #loadEvents: LoadEvents;
  readonly #client: WebhookClient;
  readonly #report: (error: unknown) => void;
  readonly #lanes = new Map<string, Lane>();
  readonly #abort = new AbortController();
  #closed = false;

  constructor(
    services: Pick<Services, "db" | "log" | "clock" | "random" | "webhookTargets">,
    loadEvents: LoadEvents,
    timeoutMs: number,
  ) {
    const { db, log } = services;
    this.#services = services;
    this.#loadEvents = loadEvents;
    this.#client = new WebhookClient(services.webhookTargets, timeoutMs);
    this.#report = failureReporter(log, "send to webhooks");
    this.jobs = [
      new Job({
        log,
        name: "queue webhook deliveries",
        everyMs: INTERVAL_MS,
        work: () => this.#dispatch(),
      }),
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
        if (this.#lanes.get(webhook) === lane) this.#lanes.delete(webhook);
      });
    const lane: Lane = { lease, done };
    this.#lanes.set(webhook, lane);
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
    try {
      for (;;) {
        const askedAt = performance.now();
        const batch = await dueDeliveries(db, lease, webhook, BATCH_SIZE);
        if (batch.length === 0 || this.#closed) return;
        await this.#sendBatch(batch, askedAt);
      }
    } finally {
      await endLease(db, lease, webhook);
    }
  }

  async #sendBatch(batch: readonly DueDelivery[], askedAt: number): Promise<void> {
    const positions = batch.map(({ position }) => Number(position));
    const loaded = await this.#loadEvents(this.#services.db, positions);
    const events = new Map(loaded.map((event) => [event.frame.id, event]));
    // The outcome of one delivery counts for the next of the batch.
    const { leaseMs } = batch[0] as DueDelivery;
    let { failingSince } = batch[0] as DueDelivery;
    for (const [index, delivery] of batch.entries()) {
      const ageMs = performance.now() - askedAt;
      // This process can have been paused for longer than its lease, and another one be sending by now.
      if (ageMs >= leaseMs || (index > 0 && ageMs >= BATCH_MS)) return;
      const event = events.get(messageId(delivery));
      const result = await this.#send({ ...delivery, failingSince }, event);
      if (result === "ended" || this.#closed) return;
      if (result === "accepted") failingSince = null;
    }
  }

  /** @returns `ended` when the rest of the batch must be loaded again */
  async #send(
    delivery: DueDelivery,
    event: LoadedEvent | undefined,
  ): Promise<"accepted" | "skipped" | "ended"> {
    const { db, clock } = this.#services;
    // It may have been queued while the webhook still included internal comments.
    if (!event || (event.internal && !delivery.includeInternal)) {
      const isUnchanged = await finishAttempt(db, delivery, event ? INTERNAL : EVENT_MISSING, {
        status: "FAILED",
        delayMs: null,
        failed: null,
      });
      return isUnchanged ? "skipped" : "ended";
    }
    const body = payloadOf(toEvent(event, null));
    const headers = signedHeaders(delivery, { id: messageId(delivery), body }, clock());
    const sent = await this.#client.post({ url: delivery.url, body, headers }, this.#abort.signal);
    // Cut off because this process is stopping: the next lease holder sends it again.
    if (this.#abort.signal.aborted && sent.responseStatus === null) return "ended";
    const { failingSince } = delivery;
    const failingMs = failingSince === null ? 0 : clock().getTime() - Date.parse(failingSince);
    const outcome = outcomeOf(sent, {
      attempts: delivery.attempts + 1,
      failingMs,
      random: Math.random(),
    });
    if (outcome.kind === "delivered") {
      const isUnchanged = await finishAttempt(db, delivery, sent, {
        status: "DELIVERED",
        delayMs: null,
        failed: false,
      });
      return isUnchanged ? "accepted" : "ended";
    }
    await finishAttempt(
      db,
      delivery,
      sent,
      outcome.kind === "retry"
        ? { status: "PENDING", delayMs: outcome.delayMs, failed: true }
        : { status: "FAILED", delayMs: null, failed: true },
    );
    if (outcome.disable) await disable(this.#services, toWebhook(delivery), outcome.disable);
    return "ended";
  }

  start(): void {
    for (const job of this.jobs) job.start();
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

/** The deliveries to one webhook under one lease. */
interface Lane {
  lease: string;
  done: Promise<void>;
}

const notSent = (error: string): Sent => ({
  responseStatus: null,
  responseBody: null,
  retryAfterMs: null,
  error,
  durationMs: 0,
});

/** Somebody deleted the entry from the log. */
const EVENT_MISSING = notSent("EVENT_MISSING");
const INTERNAL = notSent("INTERNAL_NOT_INCLUDED");
