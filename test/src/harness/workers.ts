import { availableParallelism } from "node:os";

/**
 * How many test files run at a time: two on two cores, since much of a test's time is spent on waiting. Each worker has a
 * PostgreSQL of its own, for a transaction that is open anywhere in one holds back the seals of all its databases.
 */
export const WORKERS =
  process.env.TEST_DATABASE_URL === undefined
    ? Math.min(4, Math.max(2, availableParallelism() - 1))
    : 1;
