import { literal, type Sql, sql } from "./sql.ts";

/**
 * The key of an advisory lock. Such locks are the whole database's, so each schema has keys of its own; the one called
 * public keeps the number itself, which builds lock that know no other.
 */
export function schemaLock(number: number | string): Sql {
  const key = literal(String(number));
  // A schema that does not exist yet is called by its name alone.
  return sql`(case current_schema() when 'public' then ${key}::bigint
    else hashtextextended(coalesce(current_schema()::text, current_setting('search_path')), ${key}::bigint) end)`;
}
