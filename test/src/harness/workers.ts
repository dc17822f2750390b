/**
 * How many test files run at a time: more than there are cores, since tests spend much of their time waiting. Each worker
 * has its own PostgreSQL, because an open transaction stalls the seals of every database in the cluster.
 */
export const WORKERS = process.env.TEST_DATABASE_URL === undefined ? 4 : 1;
