import type { Database } from "./database.ts";
import { columns, sql, value } from "./sql.ts";
import { statement } from "./statement.ts";

const isInstalled = statement(
  null,
  sql`select ${columns({
    here: value("boolean", sql`to_regclass('pg_dist_local_group') is not null`),
  })}`,
);

const group = statement(
  null,
  sql`select ${columns({ id: value("int", sql`groupid`) })} from pg_dist_local_group`,
);

const COORDINATOR = 0;

/** What a database is to Citus; null: it does not know it. */
export async function citusNode(db: Database): Promise<"coordinator" | "worker" | null> {
  if (db.engine === "embedded") return null;
  const [installed] = await db.query(isInstalled);
  if (!installed?.here) return null;
  const [own] = await db.query(group);
  return (own?.id ?? COORDINATOR) === COORDINATOR ? "coordinator" : "worker";
}

export const ON_WORKER = {
  finding: "The database is a worker of a Citus cluster.",
  hint: "Let DATABASE_URL name the coordinator, which has the log and draws the numbers.",
} as const;

/** The server was to run on a part of a database. */
export class OnCitusWorker extends Error {
  override readonly name = "OnCitusWorker";

  constructor() {
    super(`${ON_WORKER.finding} ${ON_WORKER.hint}`);
  }
}

/**
 * A database that is not a worker of Citus, which knows whether it is the coordinator of some.
 * @throws OnCitusWorker
 */
export async function requireWhole(db: Database): Promise<Database> {
  const node = await citusNode(db);
  if (node === "worker") throw new OnCitusWorker();
  return node === null ? db : { ...db, drawsApart: true };
}
