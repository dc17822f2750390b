import type { Percentiles } from "@serviceflow/domain";

/** How far a percentile of bucketed times can be from the true one, as a part of it. */
const ERROR = 0.01;

/** The ratio of the times that bound a bucket. */
export const RATIO = (1 + ERROR) / (1 - ERROR);

/** Of times that are not positive: two servers' clocks can differ. */
export const NO_WAIT = -100_000;

/** Number of times by bucket: bucket n holds those of more than RATIO^(n-1) and up to RATIO^n seconds. */
export type Buckets = Readonly<Record<string, number>>;

/** Median and 90th percentile, between two times interpolated. */
export function percentilesOf(buckets: Buckets): Percentiles {
  const sorted = Object.entries(buckets)
    .map(([bucket, count]) => ({ bucket: Number(bucket), count }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => a.bucket - b.bucket);
  return { p50: percentile(sorted, 0.5), p90: percentile(sorted, 0.9) };
}

type Counted = readonly { bucket: number; count: number }[];

function percentile(sorted: Counted, share: number): number | null {
  const total = sorted.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  const rank = share * (total - 1);
  const below = timeAt(sorted, Math.floor(rank));
  const above = timeAt(sorted, Math.ceil(rank));
  return round(below + (above - below) * (rank - Math.floor(rank)));
}

/** The time of a rank, from 0. */
function timeAt(sorted: Counted, rank: number): number {
  let passed = 0;
  for (const { bucket, count } of sorted) {
    passed += count;
    if (passed > rank) return bucket === NO_WAIT ? 0 : middle(bucket);
  }
  return 0;
}

/** Equally far from both bounds of a bucket, as a part of each. */
function middle(bucket: number): number {
  return (2 * RATIO ** bucket) / (RATIO + 1);
}

function round(seconds: number): number {
  return Number(seconds.toPrecision(4));
}
