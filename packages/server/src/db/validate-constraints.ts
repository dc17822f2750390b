import { type SQL, sql } from "drizzle-orm";

const PENDING = sql`
  select format('alter table %s validate constraint %I', conrelid::regclass, conname) as command
  from pg_constraint join pg_class on pg_class.oid = conrelid
  where not convalidated and connamespace = current_schema()::regnamespace
    and pg_has_role(relowner, 'usage')
  order by conname`;

/** drizzle on either engine. */
interface Executes {
  execute(query: SQL): PromiseLike<{ rows: Record<string, unknown>[] }>;
}

/** The commands that validate constraints which migrations added as NOT VALID, if this user may. */
export async function pendingConstraints(orm: Executes): Promise<string[]> {
  const { rows } = await orm.execute(PENDING);
  return rows.map(({ command }) => String(command));
}

/**
 * Validates constraints that migrations added as NOT VALID, also after one that was interrupted here. It reads each table
 * while others read and write it; as a part of the migration, which locks the table, it would stop them. A role that owns
 * nothing leaves it to one that does.
 */
export async function validateConstraints(orm: Executes): Promise<void> {
  for (const command of await pendingConstraints(orm)) await orm.execute(sql.raw(command));
}
