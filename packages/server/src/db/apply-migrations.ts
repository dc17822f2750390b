import type { MigrationMeta } from "drizzle-orm/migrator";
import { createSchema, type OwnSchema, quoted } from "./own-schema.ts";

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
  { count, schema }: { count: number; schema: OwnSchema },
): Promise<void> {
  if (count === 0) return;
  const history = `${quoted(schema.history.schema)}.${quoted(schema.history.table)}`;
  if (schema.history.schema !== schema.name) await run(createSchema(schema.history.schema));
  await run(
    `create table if not exists ${history} (id serial primary key, hash text not null, created_at bigint)`,
  );
  const record = ({ hash, folderMillis }: MigrationMeta) =>
    run(`insert into ${history} (hash, created_at) values ($1, $2)`, [hash, folderMillis]);
  for (const migration of migrations.slice(-count)) {
    const indexes = migration.sql.map((text) => INDEX_CHANGE.exec(text)?.[1]);
    if (indexes.every((index) => index !== undefined)) {
      for (const [at, index] of indexes.entries()) {
        // What an interrupted build left is invalid.
        await run(`DROP INDEX CONCURRENTLY IF EXISTS ${index}`);
        await run(migration.sql[at] as string);
      }
      await record(migration);
    } else {
      await inTransaction(run, async () => {
        for (const text of migration.sql) await run(unqualified(text));
        await record(migration);
      });
    }
  }
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

/** drizzle-kit writes the schema into foreign keys; the connection knows it better. */
function unqualified(text: string): string {
  return text.replaceAll('"public".', "");
}
