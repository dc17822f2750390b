import type { Reads } from "./database.ts";
import { columns, sql, value } from "./sql.ts";
import { statement } from "./statement.ts";

/** Which database it is, of which cluster: a standby has both from its primary, and a restored dump neither. */
export const DATABASE_IDENTITY = sql`(
  select (select system_identifier::text from pg_control_system()) || '/' || oid::text
  from pg_database where datname = current_database())`;

const identity = statement(
  null,
  sql`select ${columns({
    database: value("text", DATABASE_IDENTITY),
    schema: value("text?", sql`current_schema()`),
  })}`,
);

/** Where a connection leads. `schema` is null when none that it names exists, or its user may not use it. */
export async function placeOf(db: Reads): Promise<{ database: string; schema: string | null }> {
  const [place] = await db.query(identity);
  if (!place) throw new Error("A select without a table has one row.");
  return place;
}
