import { timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
// Listed by the Prometheus project as the client library for Node.
import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from "prom-client";
import { sha256 } from "../db/sha256.ts";
import { API_HEADERS, withHeaders } from "./security-headers.ts";

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const DELIVERY_SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86_400];

/** One call of a procedure, as it ended. */
export interface CallMeasure {
  procedure: string;
  transport: string;
  /** Code of the error, or `ok`. */
  code: string;
  seconds: number;
}

/** A metric and its values, as one process can send them to another. */
export type MetricValues = MetricObjectWithValues<MetricValue<string>>;

/** A value of a gauge with labels. */
export interface LabelledValue<Label extends string> {
  labels: Record<Label, string>;
  value: number;
}

/** The server's metrics for Prometheus. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #calls = new Counter({
    name: "serviceflow_calls_total",
    help: "Calls of procedures by result: `ok` or the error code.",
    labelNames: ["procedure", "transport", "code"],
    registers: [this.#registry],
  });
  readonly #duration = new Histogram({
    name: "serviceflow_call_duration_seconds",
    help: "Duration of calls of procedures.",
    labelNames: ["procedure", "transport"],
    buckets: SECONDS,
    registers: [this.#registry],
  });

  readonly #deliveryLatency = new Histogram({
    name: "serviceflow_webhook_delivery_seconds",
    help: "Time from the queuing of a webhook delivery to its success.",
    buckets: DELIVERY_SECONDS,
    registers: [this.#registry],
  });
  readonly #attempts = new Counter({
    name: "serviceflow_webhook_attempts_total",
    help: "Attempts to deliver to a webhook by outcome.",
    labelNames: ["outcome"],
    registers: [this.#registry],
  });

  /** @param seconds from its queuing to now */
  observeAttempt(outcome: "delivered" | "retried" | "failed", seconds: number): void {
    this.#attempts.inc({ outcome });
    if (outcome === "delivered") this.#deliveryLatency.observe(seconds);
  }

  observe({ procedure, transport, code, seconds }: CallMeasure): void {
    this.#calls.inc({ procedure, transport, code });
    this.#duration.observe({ procedure, transport }, seconds);
  }

  /**
   * A gauge that is read when the metrics are scraped; NaN while it fails.
   * @param isRead whether this process reads it now
   */
  gauge(
    name: string,
    help: string,
    read: () => Promise<number>,
    isRead: () => boolean = () => true,
  ): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      async collect() {
        if (isRead()) this.set(await read().catch(() => Number.NaN));
        else this.remove();
      },
    });
  }

  /** A gauge with labels: a value for each of what is read; none while that fails. */
  labelled<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: () => Promise<readonly LabelledValue<Label>[]>,
    isRead: () => boolean = () => true,
  ): void {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      async collect() {
        const found = isRead() ? await read().catch(() => []) : [];
        this.reset();
        for (const { labels, value } of found) this.set(labels, value);
      },
    });
  }

  /** A count since the start that something else keeps. */
  counter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  /** Counts since the start that something else keeps, by one label. */
  counters(
    name: string,
    help: string,
    label: string,
    read: () => ReadonlyMap<string, number>,
  ): void {
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [value, count] of read()) this.inc({ [label]: value }, count);
      },
    });
  }

  /** Adds Node's metrics of the process. */
  includeProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  readonly text = (): Promise<string> => this.#registry.metrics();

  values(): Promise<MetricValues[]> {
    return this.#registry.getMetricsAsJSON();
  }
}

/** Metrics of several processes as the text that Prometheus reads. */
export function metricsText(metrics: readonly MetricValues[]): Promise<string> {
  const registry = new Registry();
  for (const metric of metrics) {
    registry.registerMetric({ ...metric, get: async () => metric } as never);
  }
  return registry.metrics();
}

/**
 * `GET /metrics` for the bearer of the token.
 * @param token null: for everybody, which is only right on a port of its own
 */
export function metricsRoutes(text: () => Promise<string>, token: string | null): Hono {
  const app = new Hono();
  app.get("/", async (c) => {
    if (token !== null && !isBearer(c.req.header("authorization"), token)) {
      return c.text("Send the metrics token: Authorization: Bearer ...\n", 401, {
        "www-authenticate": 'Bearer realm="ServiceFlow metrics"',
      });
    }
    const headers = {
      "content-type": Registry.PROMETHEUS_CONTENT_TYPE,
      "cache-control": "no-store",
    };
    return c.body(await text(), 200, headers);
  });
  return app;
}

/** `GET /metrics` and nothing else, for a port of its own. */
export function metricsApp(text: () => Promise<string>, token: string | null): Hono {
  const app = new Hono();
  app.use(withHeaders(API_HEADERS, () => false));
  app.route("/metrics", metricsRoutes(text, token));
  return app;
}

function isBearer(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1] ?? "";
  return timingSafeEqual(sha256(given), sha256(token));
}
