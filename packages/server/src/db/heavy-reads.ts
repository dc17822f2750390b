import { type HeavyReads, type Query, queryWith } from "./database.ts";
import type { Statement } from "./statement.ts";
import type { QueueLimits, Turns } from "./turns.ts";

export const QUEUE_LIMITS: QueueLimits = { maxWaiting: 100, maxWaitMs: 5_000 };

/** @param run runs one statement when its turn comes */
export function heavyReads(
  turns: Turns,
  run: (statement: Statement, values: unknown[]) => Promise<unknown[]>,
  limits: QueueLimits = QUEUE_LIMITS,
): HeavyReads {
  const within = (limits?: QueueLimits): Query =>
    queryWith((statement, values) => turns.run(() => run(statement, values), limits));
  return { heavy: { query: within(limits) }, batches: { query: within() } };
}
