import { inject } from "vitest";
import type { TestServer } from "./postgres.ts";

/** The PostgreSQL of the worker that asks. */
export function testServer(): TestServer {
  const servers = inject("postgresServers");
  const worker = Number(process.env.VITEST_POOL_ID ?? 1) - 1;
  return servers[worker % servers.length] as TestServer;
}
