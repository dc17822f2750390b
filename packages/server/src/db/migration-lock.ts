import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { schemaLock } from "./schema-lock.ts";
import { statement } from "./statement.ts";

// Arbitrary, but the same in every replica.
const MIGRATION_LOCK = 7_251_964;
const KEY = statement(null, schemaLock(MIGRATION_LOCK)).text;
const POLL_MS = 200;
/** A wait that is usual when replicas start together is not worth a word. */
const SAID_AFTER_MS = 3_000;

/** Another session held the lock of migrations for as long as this one waits. */
export class MigrationLocked extends Error {
  override readonly name = "MigrationLocked";
}

export interface MigrationLock {
  /** @throws when its session has ended */
  check(): void;
  release(): Promise<void>;
}

const HOLDER = `
  select pid, application_name as application, coalesce(state, '') as state
  from pg_locks join pg_stat_activity using (pid)
  where locktype = 'advisory' and granted and (classid::bigint << 32) | objid::bigint = ${KEY} and objsubid = 1
    and database = (select oid from pg_database where datname = current_database())`;

/**
 * Waits until no other server migrates, and keeps others from it. The lock is of a transaction on a connection of its own:
 * one of a session would stay on a pooler's connection for good, and an idle transaction holds no snapshot, for whose end
 * an index that is built concurrently would wait.
 * @throws MigrationLocked
 */
export async function lockMigrations(
  url: string,
  limitMs: number,
  onWait: (why: string) => void,
): Promise<MigrationLock> {
  const client = new pg.Client(migrationClient(url));
  let failure: Error | null = null;
  client.on("error", (error) => {
    failure = error;
  });
  await client.connect();
  try {
    await take(client, limitMs, onWait);
  } catch (error) {
    await client.end();
    throw error;
  }
  return {
    check() {
      if (failure) throw failure;
    },
    async release() {
      await client.end();
    },
  };
}

/** How a migration connects. */
export function migrationClient(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: "serviceflow migrate",
  };
}

async function take(
  client: pg.Client,
  limitMs: number,
  onWait: (why: string) => void,
): Promise<void> {
  const began = performance.now();
  for (let isSaid = false; ; ) {
    await client.query("begin isolation level read committed");
    await client.query("set local idle_in_transaction_session_timeout = 0");
    // Without parameters: the portal of a statement with some stays open, and holds its snapshot.
    const { rows } = await client.query(`select pg_try_advisory_xact_lock(${KEY}) as taken`);
    if (rows[0]?.taken) return;
    await client.query("rollback");
    const waited = performance.now() - began;
    if (waited > limitMs) {
      throw new MigrationLocked(
        `Another session has held the lock of migrations for ${Math.round(waited / 1000)} s: ${await holderOf(client)}. If it migrates, start again later; if not, end it with pg_terminate_backend.`,
      );
    }
    if (!isSaid && waited > Math.min(SAID_AFTER_MS, limitMs)) {
      isSaid = true;
      onWait(`another session holds the lock of migrations: ${await holderOf(client)}`);
    }
    await pause(POLL_MS);
  }
}

async function holderOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query(HOLDER);
  const [holder] = rows as { pid: number; application: string; state: string }[];
  if (!holder) return "it has just ended";
  const { pid, application, state } = holder;
  return `process ${[pid, application, state].filter(Boolean).join(", ")}`;
}
