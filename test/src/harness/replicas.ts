import { connectPostgres, createServices, type Database } from "@serviceflow/server";
import { freshPostgres, type TestDatabase, testLog } from "./databases.ts";
import { runSql } from "./raw-sql.ts";
import { BOOTSTRAP_KEY, caller, fetchOf, openTestAppOn, type TestApp } from "./test-app.ts";

/** Two servers over one PostgreSQL database, each with its own pool. */
export interface Replicas {
  /** The first of them, with its people. */
  app: TestApp;
  /** REST of each; `calls[i % 2]` takes turns. */
  calls: readonly [TestApp["call"], TestApp["call"]];
  close(): Promise<void>;
}

const POOL_SIZE = 20;

export async function openReplicas(): Promise<Replicas> {
  const database = await freshPostgres(POOL_SIZE);
  const app = await openTestAppOn(database);
  const second = await secondOn(database);
  await fillPool(database.db);
  return {
    app,
    calls: [app.call, second.call],
    async close() {
      await second.close();
      await app.close();
    },
  };
}

/** Two servers over an empty database: without an administrator. */
export async function openEmptyReplicas(): Promise<
  Omit<Replicas, "app"> & { database: TestDatabase }
> {
  const database = await freshPostgres(POOL_SIZE);
  const second = await secondOn(database);
  await fillPool(database.db);
  return {
    database,
    calls: [
      caller(
        fetchOf(createServices(database.db, testLog, { bootstrapKey: BOOTSTRAP_KEY }).services),
      ),
      second.call,
    ],
    async close() {
      await second.close();
      await database.drop();
    },
  };
}

async function secondOn({ url }: { url: string }): Promise<{
  call: TestApp["call"];
  close(): Promise<void>;
}> {
  const db = connectPostgres({ url, poolSize: POOL_SIZE, preparedStatements: true, log: testLog });
  await fillPool(db);
  return {
    call: caller(fetchOf(createServices(db, testLog, { bootstrapKey: BOOTSTRAP_KEY }).services)),
    close: () => db.close(),
  };
}

/** Opens every connection, or the first calls of a race would queue for them instead of meeting. */
async function fillPool(db: Database): Promise<void> {
  await Promise.all(Array.from({ length: POOL_SIZE }, () => runSql(db, "select 1")));
}
