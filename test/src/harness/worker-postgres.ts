import { inject } from "vitest";
import type { WorkerPostgres } from "./postgres.ts";

/** The PostgreSQL of the worker that asks. */
export function workerPostgres(): WorkerPostgres {
  const servers = inject("postgresServers");
  const worker = Number(process.env.VITEST_POOL_ID ?? 1) - 1;
  return servers[worker % servers.length] as WorkerPostgres;
}
