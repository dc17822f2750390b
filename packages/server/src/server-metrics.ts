import type { Database } from "./db/database.ts";
import type { Feed } from "./events/feed.ts";
import { eventIndexLag } from "./events/index-events.ts";
import { Metrics } from "./http/metrics.ts";
import { awaitedEntry } from "./log/awaited-entry.ts";
import { sealStatus } from "./log/sealer.ts";
import { snapshotHolders } from "./log/snapshot-holders.ts";
import { VERSION } from "./version.ts";
import { webhookBacklog } from "./webhooks/backlog.ts";
import { countWaiting } from "./webhooks/queue.ts";

/** Shorter transactions are everyday, and each would be a time series. */
const HOLDS_BACK_SECONDS = 10;

/** The metrics of a process. @param leads whether it reads what is the same for all */
export function createMetrics(
  db: Database,
  feed: Pick<Feed, "streams">,
  leads: () => boolean,
): Metrics {
  const metrics = new Metrics();
  metrics.labelled(
    "serviceflow_build_info",
    "1, with the version, Node's version and the database engine as labels.",
    ["version", "node", "engine"],
    async () => [
      { labels: { version: VERSION, node: process.version, engine: db.engine }, value: 1 },
    ],
  );
  ofDatabase(metrics, db);
  ofLog(metrics, db, leads);
  metrics.gauge("serviceflow_event_streams", "Open streams of events.", async () => feed.streams);
  ofWebhooks(metrics, db, leads);
  return metrics;
}

function ofDatabase(metrics: Metrics, db: Database): void {
  metrics.labelled(
    "serviceflow_database_connections",
    "Connections of the pool to the database: `in_use`, `idle` and `max`.",
    ["state"],
    async () => {
      const { inUse, idle, max } = db.connections();
      return [
        { labels: { state: "in_use" }, value: inUse },
        { labels: { state: "idle" }, value: idle },
        { labels: { state: "max" }, value: max },
      ];
    },
  );
  metrics.gauge(
    "serviceflow_database_waiting",
    "Statements that wait for a connection.",
    async () => db.connections().waiting,
  );
  metrics.counters(
    "serviceflow_database_failures_total",
    "Failures of the database by what to look at: `disk`, `connections`, `memory` and others.",
    "failure",
    () => db.failures(),
  );
  const replicaReads = db.replicaReads();
  if (!replicaReads) return;
  metrics.counter(
    "serviceflow_replica_reads_total",
    "Statements that the read replica answered.",
    () => replicaReads.replica,
  );
  metrics.counter(
    "serviceflow_replica_fallbacks_total",
    "Statements that the primary answered since the read replica lagged or failed.",
    () => replicaReads.primary,
  );
}

function ofLog(metrics: Metrics, db: Database, leads: () => boolean): void {
  metrics.gauge(
    "serviceflow_audit_seal_lag_seconds",
    "Age of the oldest audit entry that is not sealed yet.",
    async () => (await sealStatus(db)).lagSeconds,
    leads,
  );
  metrics.gauge(
    "serviceflow_audit_awaited_seconds",
    "Age of the entry that sealing waits at because its request or comment cannot be seen; 0: it waits for none.",
    async () => (await awaitedEntry(db))?.seconds ?? 0,
    leads,
  );
  metrics.labelled(
    "serviceflow_snapshot_holder_seconds",
    "Age of a transaction of the cluster that has written and holds the sealer back, from 10 s on.",
    ["kind", "pid", "transaction", "state"],
    async () => {
      const found = await snapshotHolders(db);
      return found
        .filter(({ seconds }) => seconds !== null && seconds >= HOLDS_BACK_SECONDS)
        .map(({ kind, pid, transaction, state, seconds }) => ({
          labels: { kind, pid: String(pid ?? ""), transaction, state: state ?? "" },
          value: seconds ?? 0,
        }));
    },
    leads,
  );
  metrics.gauge(
    "serviceflow_event_index_lag_entries",
    "Sealed entries that filters of the event feed do not cover yet.",
    () => eventIndexLag(db),
    leads,
  );
}

function ofWebhooks(metrics: Metrics, db: Database, leads: () => boolean): void {
  metrics.gauge(
    "serviceflow_webhook_deliveries_pending",
    "Pending deliveries to active webhooks, counted to 100,000.",
    () => countWaiting(db),
    leads,
  );
  let reading: ReturnType<typeof webhookBacklog> | null = null;
  // One query for the gauges of a scrape.
  const backlog = () => {
    reading ??= webhookBacklog(db).finally(() => {
      reading = null;
    });
    return reading;
  };
  metrics.gauge(
    "serviceflow_webhook_oldest_pending_seconds",
    "Age of the oldest pending delivery to an active webhook.",
    async () => (await backlog()).oldestSeconds,
    leads,
  );
  metrics.gauge(
    "serviceflow_webhook_lag_entries",
    "Sealed entries for which the slowest active webhook has no deliveries queued yet.",
    async () => (await backlog()).unqueued,
    leads,
  );
  metrics.gauge(
    "serviceflow_webhooks_disabled",
    "Webhooks that the server has disabled.",
    async () => (await backlog()).disabled,
    leads,
  );
}
