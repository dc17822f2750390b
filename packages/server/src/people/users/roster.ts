import { authorized } from "../../access/authority.ts";
import { roles } from "../../db/schema.ts";
import { p, sql } from "../../db/sql.ts";
import { set } from "../../db/write.ts";

/** Serializes changes of which administrators can act: each raises the version. */
export const rosterHeld = sql`roster as (
  update ${roles} set ${set(roles, { rosterVersion: sql`${roles.rosterVersion} + 1` })}
  where ${roles.name} = 'ADMIN' and ${roles.rosterVersion} = ${p("rosterVersion", "int")}
    and ${authorized}
  returning ${roles.name})`;
