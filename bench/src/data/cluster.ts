import pg from "pg";
import { startLocalPostgres } from "../../../test/src/harness/local-postgres.ts";
import { parentOf } from "../measure/processes.ts";

/** Settings of the cluster that the benchmark starts: durable, as in production. */
const SETTINGS = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  shared_buffers: "1GB",
  max_wal_size: "8GB",
} as const;

/** A PostgreSQL with a database for each contender. */
export interface Cluster {
  version: string;
  /** Its first process, if it is on this machine. */
  pid: number | null;
  settings: Record<string, string>;
  /** @returns the URL of a new database, empty or a copy of one that nobody is connected to */
  create(name: string, copyOf?: string): Promise<string>;
  stop(): Promise<void>;
}

/** @param url of a cluster with a superuser; null: one of its own, from an npm package */
export async function openCluster(url: string | null): Promise<Cluster> {
  const own = url === null ? await startLocalPostgres(SETTINGS) : null;
  const at = own?.url ?? (url as string);
  const client = new pg.Client({ connectionString: at });
  await client.connect();
  const created: string[] = [];
  const drop = (name: string) => client.query(`drop database if exists "${name}" with (force)`);
  const { rows } = await client.query(
    "select pg_backend_pid() as pid, current_setting('server_version') as version",
  );
  const settings = await client.query(
    "select name, current_setting(name) as value from pg_settings where name = any($1) order by name",
    [Object.keys(SETTINGS)],
  );
  return {
    version: rows[0].version,
    pid: parentOf(rows[0].pid),
    settings: Object.fromEntries(settings.rows.map(({ name, value }) => [name, value])),
    async create(name, copyOf) {
      const database = `serviceflow_bench_${name}`;
      await drop(database);
      const from = copyOf === undefined ? "template1" : `serviceflow_bench_${copyOf}`;
      await client.query(`create database "${database}" template "${from}" strategy file_copy`);
      created.push(database);
      const its = new URL(at);
      its.pathname = `/${database}`;
      return its.href;
    },
    async stop() {
      if (!own) for (const database of created) await drop(database);
      await client.end();
      await own?.stop();
    },
  };
}
