import pg from "pg";
import type { Service } from "./contenders/process.ts";
import { bootstrap, startServiceFlow } from "./contenders/serviceflow.ts";
import { openCluster } from "./data/cluster.ts";

/** A server on an empty database of a durable PostgreSQL. */
export interface Stage {
  server: Service;
  /** API key of an administrator. */
  apiKey: string;
  url: string;
  /** A direct connection to the database. */
  client: pg.Client;
  close(): Promise<void>;
}

export async function openStage(settings: Record<string, string> = {}): Promise<Stage> {
  const cluster = await openCluster(process.env.DATABASE_URL || null);
  const url = await cluster.create("stage");
  const server = await startServiceFlow({ DATABASE_URL: url, ...settings });
  const apiKey = await bootstrap(server);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    server,
    apiKey,
    url,
    client,
    async close() {
      await client.end();
      await server.stop();
      await cluster.stop();
    },
  };
}
