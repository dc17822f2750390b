import { literal, type Sql, sql } from "./sql.ts";

const FIRST_NAMED = sql`btrim(split_part(current_setting('search_path'), ',', 1), ' "')`;

/** The schema of the tables: the first of the connection's search_path that exists, or the one that it names first. */
export const NAMED_SCHEMA = sql`coalesce(
  current_schema()::text,
  case ${FIRST_NAMED} when '$user' then current_user::text else ${FIRST_NAMED} end)`;

/**
 * The key of an advisory lock. Such locks are the whole database's, so each schema has keys of its own; the one called
 * public keeps the number itself, which builds lock that know no other.
 */
export function schemaLock(number: number | string): Sql {
  const key = literal(String(number));
  return sql`(case ${NAMED_SCHEMA} when 'public' then ${key}::bigint
    else hashtextextended(${NAMED_SCHEMA}, ${key}::bigint) end)`;
}
