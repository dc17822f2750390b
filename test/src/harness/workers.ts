import { availableParallelism } from "node:os";

/**
 * How many test files run at a time: three on two cores, since tests spend much of their time waiting. Each worker has
 * its own PostgreSQL, because an open transaction stalls the seals of every database in the cluster.
 */
export const WORKERS =
  process.env.TEST_DATABASE_URL === undefined
    ? Math.min(4, Math.max(3, availableParallelism()))
    : 1;
