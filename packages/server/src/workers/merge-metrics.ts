import { type MetricValues, metricsText } from "../http/metrics.ts";

/**
 * The metrics of several processes as one text, each value with the label `worker`: sums over workers would fall when one
 * is replaced, and a rate over them would then be wrong.
 */
export function mergeMetrics(
  byWorker: ReadonlyMap<string, readonly MetricValues[]>,
): Promise<string> {
  const merged = new Map<string, MetricValues>();
  for (const [worker, metrics] of byWorker) {
    for (const metric of metrics) {
      const values = metric.values.map((value) => ({
        ...value,
        labels: { ...value.labels, worker },
      }));
      const earlier = merged.get(metric.name);
      merged.set(metric.name, { ...metric, values: [...(earlier?.values ?? []), ...values] });
    }
  }
  return metricsText([...merged.values()]);
}
