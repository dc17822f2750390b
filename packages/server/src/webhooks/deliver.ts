import { outcomeOf, toPublicId } from "@serviceflow/domain";
import type { Services } from "../context.ts";
import type { LoadEvents, LoadedEvent } from "../events/store.ts";
import { toEvent } from "../events/to-event.ts";
import type { Beginning, Span } from "../tracing/tracer.ts";
import { finishAttempt } from "./attempts.ts";
import { toWebhook } from "./columns.ts";
import { disable } from "./disable.ts";
import { type DueDelivery, messageId } from "./due.ts";
import type { Queued, SendResult } from "./lane.ts";
import { payloadOf } from "./payload.ts";
import { signedHeaders } from "./secret.ts";
import type { Sent, WebhookSender } from "./send.ts";

/** A delivery with its event, which is undefined when somebody deleted the entry from the log. */
export interface ReadyDelivery extends Queued {
  delivery: DueDelivery;
  event: LoadedEvent | undefined;
}

/** Loads the events of deliveries. The subject that orders an event is its service request, if it has one. */
export async function withEvents(
  db: Services["db"],
  deliveries: readonly DueDelivery[],
  loadEvents: LoadEvents,
): Promise<ReadyDelivery[]> {
  const positions = deliveries.map(({ position }) => Number(position));
  const loaded = await loadEvents(db, positions);
  const events = new Map(loaded.map((event) => [event.frame.id, event]));
  return deliveries.map((delivery) => {
    const event = events.get(messageId(delivery));
    const subject = event && (event.frame.serviceRequestId ?? event.frame.subject.id);
    return { delivery, event, seq: delivery.seq, subject: subject ?? delivery.eventId };
  });
}

/** What it takes to deliver. */
export interface Delivering {
  services: Pick<Services, "db" | "log" | "clock" | "random" | "metrics" | "tracer">;
  client: WebhookSender;
  /** Cuts off what has no answer yet. */
  signal: AbortSignal;
}

/** Makes one attempt and records how it ended, in a trace of its own: the call that caused it has long been answered. */
export function deliver(
  delivering: Delivering,
  ready: ReadyDelivery,
  failingSince: () => string | null,
): Promise<SendResult> {
  const { tracer } = delivering.services;
  if (tracer === null) return attempt(delivering, ready, failingSince, null);
  const span = tracer.start(deliverySpan(ready));
  return tracer.within(span, () =>
    attempt(delivering, ready, failingSince, span).then(
      (result) => {
        span.end();
        return result;
      },
      (error: unknown) => {
        span.end("not_recorded");
        throw error;
      },
    ),
  );
}

function deliverySpan({ delivery, event }: ReadyDelivery): Beginning {
  const cause = event?.frame.causedBy.requestId;
  return {
    name: "webhook attempt",
    kind: "producer",
    attributes: {
      "serviceflow.webhook.id": toPublicId("webhook", delivery.id),
      "serviceflow.delivery.id": toPublicId("delivery", delivery.deliveryId),
      "serviceflow.event.id": messageId(delivery),
      "serviceflow.event.type": delivery.eventType,
      "serviceflow.attempt": delivery.attempts + 1,
      ...(cause === undefined ? {} : { "serviceflow.request_id": cause }),
    },
    parent: null,
    ...(cause === undefined ? {} : { cause }),
  };
}

async function attempt(
  { services, client, signal }: Delivering,
  { delivery, event }: ReadyDelivery,
  failingSince: () => string | null,
  span: Span | null,
): Promise<SendResult> {
  const { clock } = services;
  const finish = async (how: Sent, result: Parameters<typeof finishAttempt>[3]) => {
    const isUnchanged = await recorded(services, delivery, how, result);
    span?.set({ "serviceflow.outcome": OUTCOMES[result.status] });
    if (result.status !== "DELIVERED") span?.end(how.error ?? String(how.responseStatus));
    return isUnchanged;
  };
  // It may have been queued while the webhook still included internal comments.
  if (!event || (event.internal && !delivery.includeInternal)) {
    const isUnchanged = await finish(event ? INTERNAL : EVENT_MISSING, {
      status: "FAILED",
      delayMs: null,
      failed: null,
    });
    return isUnchanged ? "skipped" : "stale";
  }
  const body = payloadOf(toEvent(event, null));
  const headers = signedHeaders(delivery, { id: messageId(delivery), body }, clock());
  const sent = await client.post({ url: delivery.url, body, headers }, signal);
  // Cut off because this process is stopping: the next lease holder sends it again.
  if (signal.aborted && sent.responseStatus === null) return "stale";
  const since = failingSince();
  const outcome = outcomeOf(sent, {
    attempts: delivery.attempts + 1,
    failingMs: since === null ? 0 : clock().getTime() - Date.parse(since),
    random: Math.random(),
  });
  if (outcome.kind === "delivered") {
    const isUnchanged = await finish(sent, { status: "DELIVERED", delayMs: null, failed: false });
    return isUnchanged ? "accepted" : "stale";
  }
  await finish(
    sent,
    outcome.kind === "retry"
      ? { status: "PENDING", delayMs: outcome.delayMs, failed: true }
      : { status: "FAILED", delayMs: null, failed: true },
  );
  if (outcome.disable) await disable(services, toWebhook(delivery), outcome.disable);
  return "stale";
}

const OUTCOMES = { DELIVERED: "delivered", PENDING: "retried", FAILED: "failed" } as const;

/** Records an attempt in the database, the log and the metrics. @returns whether the webhook is as it was loaded */
async function recorded(
  { db, log, metrics }: Delivering["services"],
  delivery: DueDelivery,
  sent: Sent,
  result: Parameters<typeof finishAttempt>[3],
): Promise<boolean> {
  const { isUnchanged, ageSeconds } = await finishAttempt(db, delivery, sent, result);
  if (ageSeconds === null) return isUnchanged;
  const outcome = OUTCOMES[result.status];
  metrics.observeAttempt(outcome, ageSeconds);
  const line = {
    webhook: toPublicId("webhook", delivery.id),
    delivery: toPublicId("delivery", delivery.deliveryId),
    event: messageId(delivery),
    attempt: delivery.attempts + 1,
    outcome,
    status: sent.responseStatus,
    ...(sent.error === null ? {} : { error: sent.error }),
    durationMs: sent.durationMs,
    ageMs: Math.round(ageSeconds * 1000),
    ...(result.delayMs === null ? {} : { nextInMs: result.delayMs }),
  };
  log.info(line, "webhook attempt");
  return isUnchanged;
}

const notSent = (error: string): Sent => ({
  responseStatus: null,
  responseBody: null,
  retryAfterMs: null,
  error,
  durationMs: 0,
});

const EVENT_MISSING = notSent("EVENT_MISSING");
const INTERNAL = notSent("INTERNAL_NOT_INCLUDED");
