import { sql } from "./sql.ts";

/** Which database it is, of which cluster: a standby has both from its primary, and a restored dump neither. */
export const DATABASE_IDENTITY = sql`(
  select (select system_identifier::text from pg_control_system()) || '/' || oid::text
  from pg_database where datname = current_database())`;
