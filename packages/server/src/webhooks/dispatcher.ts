import { randomUUID } from "node:crypto";
import { outcomeOf } from "@serviceflow/domain";
import type { Services } from "../context.ts";
import { describeFailure } from "../db/failure.ts";
import { type LoadedEvent, loadEvents } from "../events/store.ts";
import { presentEvent } from "../events/to-event.ts";
import { payloadOf } from "./payload.ts";
import {
  type DueDelivery,
  dueDeliveries,
  endLease,
  finishAttempt,
  forgetOldDeliveries,
  giveUpWebhook,
  leaseDue,
  messageId,
  queueDeliveries,
  renewLeases,
} from "./queue.ts";
import { signedHeaders } from "./secret.ts";
import { type Sent, WebhookClient } from "./send.ts";
import { toWebhook } from "./store.ts";

const INTERVAL_MS = 250;
const LEASE_MS = 6_000;
const RENEW_MS = 2_000;
const BATCH_SIZE = 20;
/** A batch is read again after that time: its webhook can have been changed. */
const BATCH_MS = 2_000;
const FORGET_INTERVAL_MS = 60 * 60_000;
const CLOSE_LIMIT_MS = 3_000;

/**
 * Queues and sends deliveries for as long as the server runs, on every replica. Each webhook is a lane of its own: one
 * message at a time, by one process at a time, and no lane waits for another.
 */
export class WebhookDispatcher {
  readonly #services: Pick<Services, "db" | "log" | "clock" | "random">;
  readonly #client: WebhookClient;
  readonly #lanes = new Map<string, Lane>();
  readonly #abort = new AbortController();
  readonly #renewing: NodeJS.Timeout;
  readonly #forgetting: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;
  #failing = false;
  #isBehind = false;

  constructor(
    services: Pick<Services, "db" | "log" | "clock" | "random" | "webhookTargets">,
    timeoutMs: number,
  ) {
    this.#services = services;
    this.#client = new WebhookClient(services.webhookTargets, timeoutMs);
    this.#renewing = setInterval(() => void this.#quietly(() => this.#renew()), RENEW_MS).unref();
    this.#forgetting = setInterval(
      () => void this.#quietly(() => forgetOldDeliveries(services.db)),
      FORGET_INTERVAL_MS,
    ).unref();
    this.#schedule();
  }

  #schedule(waitMs = INTERVAL_MS): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#quietly(() => this.#tick()).finally(() => {
        // Who has a long way to go in the feed does not hold up what is due for others.
        if (!this.#closed) this.#schedule(this.#isBehind ? 0 : INTERVAL_MS);
      });
    }, waitMs);
    this.#timer.unref();
  }

  async #tick(): Promise<void> {
    this.#isBehind = false;
    this.#isBehind = await queueDeliveries(this.#services);
    if (this.#closed) return;
    const lessee = randomUUID();
    for (const webhook of await leaseDue(this.#services.db, lessee, LEASE_MS)) {
      this.#begin(webhook, lessee);
    }
    this.#failing = false;
  }

  /** A lease that ran out while this process stood still is taken anew, but what is under way still ends first. */
  #begin(webhook: string, lessee: string): void {
    const before = this.#lanes.get(webhook)?.done ?? Promise.resolve();
    const done = before
      .then(() => this.#quietly(() => this.#sendTo(webhook, lessee)))
      .finally(() => {
        if (this.#lanes.get(webhook) === lane) this.#lanes.delete(webhook);
      });
    const lane: Lane = { lessee, done };
    this.#lanes.set(webhook, lane);
  }

  async #renew(): Promise<void> {
    if (this.#lanes.size === 0) return;
    const lanes = [...this.#lanes];
    await renewLeases(
      this.#services.db,
      lanes.map(([id]) => id),
      lanes.map(([, { lessee }]) => lessee),
      LEASE_MS,
    );
  }

  /** Sends what is due for one webhook, until nothing is. */
  async #sendTo(webhook: string, lessee: string): Promise<void> {
    const { db } = this.#services;
    try {
      for (;;) {
        const batch = await dueDeliveries(db, lessee, webhook, BATCH_SIZE);
        if (batch.length === 0 || this.#closed) return;
        await this.#sendBatch(batch);
      }
    } finally {
      await endLease(db, lessee, webhook);
    }
  }

  async #sendBatch(batch: readonly DueDelivery[]): Promise<void> {
    const until = Date.now() + BATCH_MS;
    const positions = batch.map(({ position }) => Number(position));
    const loaded = await loadEvents(this.#services.db, positions);
    const events = new Map(loaded.map((event) => [event.position, event]));
    // What one delivery of the batch shows of the endpoint counts for the next.
    let { failingSince } = batch[0] as DueDelivery;
    for (const delivery of batch) {
      const event = events.get(Number(delivery.position));
      const result = await this.#send({ ...delivery, failingSince }, event);
      if (result === "failed" || this.#closed || Date.now() > until) return;
      if (result === "taken") failingSince = null;
    }
  }

  async #send(
    delivery: DueDelivery,
    event: LoadedEvent | undefined,
  ): Promise<"taken" | "failed" | "passed over"> {
    const { db, clock, log } = this.#services;
    // It can have been queued when the webhook still took internal comments.
    if (!event || (event.internal && !delivery.includeInternal)) {
      await finishAttempt(db, delivery, event ? INTERNAL : EVENT_MISSING, {
        status: "FAILED",
        delayMs: null,
        failed: null,
      });
      return "passed over";
    }
    const body = payloadOf(presentEvent(event, null));
    const headers = signedHeaders(delivery, { id: messageId(delivery), body }, clock());
    const sent = await this.#client.post({ url: delivery.url, body, headers }, this.#abort.signal);
    // Cut off by the end of this process: whoever comes next sends it again.
    if (this.#abort.signal.aborted && sent.responseStatus === null) return "failed";
    const failingSince = delivery.failingSince ?? clock();
    const failingMs = clock().getTime() - failingSince.getTime();
    const outcome = outcomeOf(sent, delivery.attempts + 1, failingMs, Math.random());
    if (outcome.kind === "delivered") {
      await finishAttempt(db, delivery, sent, {
        status: "DELIVERED",
        delayMs: null,
        failed: false,
      });
      return "taken";
    }
    await finishAttempt(
      db,
      delivery,
      sent,
      outcome.kind === "retry"
        ? { status: "PENDING", delayMs: outcome.delayMs, failed: true }
        : { status: "FAILED", delayMs: null, failed: true },
    );
    if (outcome.disable) {
      await giveUpWebhook(this.#services, toWebhook(delivery), outcome.disable);
      log.warn({ webhook: toWebhook(delivery).id, because: outcome.disable }, "webhook disabled");
    }
    return "failed";
  }

  async #quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // Once for each time that it begins to fail: nothing is lost, the queue is in the database.
      if (!this.#failing) {
        this.#services.log.warn(describeFailure(error), "could not deliver to webhooks");
      }
      this.#failing = true;
    }
  }

  /** Lets what is being sent come to its end for a while, and gives its webhooks back. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of [this.#timer, this.#renewing, this.#forgetting]) clearTimeout(timer);
    await this.#running;
    const limit = setTimeout(() => this.#abort.abort(), CLOSE_LIMIT_MS);
    await Promise.all([...this.#lanes.values()].map(({ done }) => done));
    clearTimeout(limit);
    this.#client.close();
  }
}

/** What is sent to one webhook, under one lease. */
interface Lane {
  lessee: string;
  done: Promise<void>;
}

const notSent = (error: string): Sent => ({
  responseStatus: null,
  responseBody: null,
  retryAfterMs: null,
  error,
  durationMs: 0,
});

/** The entry was removed from the log by somebody, against all rules. */
const EVENT_MISSING = notSent("EVENT_MISSING");
const INTERNAL = notSent("INTERNAL_NOT_INCLUDED");
