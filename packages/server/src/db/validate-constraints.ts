import { type SQL, sql } from "drizzle-orm";

const PENDING = sql`
  select format('alter table %s validate constraint %I', conrelid::regclass, conname) as command
  from pg_constraint
  where not convalidated and connamespace = current_schema()::regnamespace
  order by conname`;

/** drizzle on either engine. */
interface Executes {
  execute(query: SQL): PromiseLike<{ rows: Record<string, unknown>[] }>;
}

/**
 * Validates constraints that migrations added as NOT VALID. It reads each table while others read and write it; as a part
 * of the migration, which locks the table, it would stop them.
 */
export async function validateConstraints(orm: Executes): Promise<void> {
  const { rows } = await orm.execute(PENDING);
  for (const { command } of rows) await orm.execute(sql.raw(String(command)));
}
