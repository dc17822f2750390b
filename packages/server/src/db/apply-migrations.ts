import type { MigrationMeta } from "drizzle-orm/migrator";

/** Runs a statement on the one connection that migrates. */
export type Run = (text: string, values?: readonly unknown[]) => Promise<unknown>;

/** While one statement waits for a table's lock, those of running replicas queue up, and wait a second themselves. */
const LOCK_TIMEOUT = "500ms";

const INDEX_CHANGE =
  /^\s*(?:CREATE (?:UNIQUE )?INDEX CONCURRENTLY|DROP INDEX CONCURRENTLY IF EXISTS) ("\w+")/;

/** Applies the last `count` migrations, each in a transaction of its own or, if it only builds and drops indexes, without one. */
export async function applyMigrations(
  run: Run,
  migrations: readonly MigrationMeta[],
  count: number,
): Promise<void> {
  if (count === 0) return;
  // IF NOT EXISTS would need the right to create schemas although it is there.
  await run(
    "do $$ begin if to_regnamespace('drizzle') is null then create schema drizzle; end if; end $$",
  );
  await run(
    "create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)",
  );
  for (const migration of migrations.slice(-count)) {
    const indexes = migration.sql.map((text) => INDEX_CHANGE.exec(text)?.[1]);
    if (indexes.every((index) => index !== undefined)) {
      for (const [at, index] of indexes.entries()) {
        // What an interrupted build left is invalid.
        await run(`DROP INDEX CONCURRENTLY IF EXISTS ${index}`);
        await run(migration.sql[at] as string);
      }
      await record(run, migration);
    } else {
      await inTransaction(run, async () => {
        for (const text of migration.sql) await run(text);
        await record(run, migration);
      });
    }
  }
}

function record(run: Run, { hash, folderMillis }: MigrationMeta): Promise<unknown> {
  return run("insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)", [
    hash,
    folderMillis,
  ]);
}

async function inTransaction(run: Run, work: () => Promise<unknown>): Promise<void> {
  await run("begin");
  await run(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
  await run("set local statement_timeout = 0");
  try {
    await work();
    await run("commit");
  } catch (error) {
    await run("rollback");
    throw error;
  }
}
