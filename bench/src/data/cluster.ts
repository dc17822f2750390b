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

const PREFIX = "serviceflow_bench_";

/** A PostgreSQL with a database for each contender. */
export interface Cluster {
  version: string;
  /** Its first process, if it is on this machine. */
  pid: number | null;
  settings: Record<string, string>;
  /** @returns the URL of a new database, empty or a copy of one that nobody is connected to */
  create(name: string, copyOf?: string): Promise<string>;
  /** The URL of a database that an earlier run kept, with what it noted of it; null: there is none. */
  kept(name: string): Promise<{ url: string; note: string } | null>;
  /** Keeps a database when the cluster is left, with a note for later runs. */
  keep(name: string, note: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param url of a cluster with a superuser; null: one of its own, from an npm package */
export async function openCluster(url: string | null): Promise<Cluster> {
  const own = url === null ? await startLocalPostgres(SETTINGS) : null;
  const at = own?.url ?? (url as string);
  const client = new pg.Client({ connectionString: at });
  await client.connect();
  const created = new Set<string>();
  const urlOf = (database: string) => {
    const its = new URL(at);
    its.pathname = `/${database}`;
    return its.href;
  };
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
      const database = PREFIX + name;
      await drop(database);
      const from = copyOf === undefined ? "template1" : PREFIX + copyOf;
      await client.query(`create database "${database}" template "${from}" strategy file_copy`);
      created.add(database);
      return urlOf(database);
    },
    async kept(name) {
      const database = PREFIX + name;
      const { rows } = await client.query(
        "select shobj_description(oid, 'pg_database') as note from pg_database where datname = $1",
        [database],
      );
      const note: string | null = rows[0]?.note ?? null;
      return note === null ? null : { url: urlOf(database), note };
    },
    async keep(name, note) {
      const database = PREFIX + name;
      await client.query(`comment on database "${database}" is ${client.escapeLiteral(note)}`);
      created.delete(database);
    },
    async stop() {
      if (!own) for (const database of created) await drop(database);
      await client.end();
      await own?.stop();
    },
  };
}
