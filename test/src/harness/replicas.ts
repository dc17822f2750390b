import { connectPostgres, createServices } from "@serviceflow/server";
import { freshPostgres, silent, type TestDatabase } from "./databases.ts";
import { BOOTSTRAP_KEY, caller, fetchOf, furnish, type House } from "./house.ts";

/** Two servers over one PostgreSQL database, each with a pool of its own. */
export interface Replicas {
  /** The first of them, with its people. */
  house: House;
  /** REST of each; `calls[i % 2]` takes turns. */
  calls: readonly [House["call"], House["call"]];
  close(): Promise<void>;
}

const POOL_SIZE = 20;

export async function openReplicas(): Promise<Replicas> {
  const database = await freshPostgres(POOL_SIZE);
  const house = await furnish(database);
  const second = secondOn(database);
  return {
    house,
    calls: [house.call, second.call],
    async close() {
      await second.close();
      await house.close();
    },
  };
}

/** Two servers over an empty database: nobody has made the first administrator yet. */
export async function openEmptyReplicas(): Promise<
  Omit<Replicas, "house"> & { database: TestDatabase }
> {
  const database = await freshPostgres(POOL_SIZE);
  const second = secondOn(database);
  return {
    database,
    calls: [caller(fetchOf(createServices(database.db, silent, BOOTSTRAP_KEY))), second.call],
    async close() {
      await second.close();
      await database.drop();
    },
  };
}

function secondOn({ url }: { url: string }): { call: House["call"]; close(): Promise<void> } {
  const db = connectPostgres({ url, poolSize: POOL_SIZE, preparedStatements: true, log: silent });
  return {
    call: caller(fetchOf(createServices(db, silent, BOOTSTRAP_KEY))),
    close: () => db.close(),
  };
}
