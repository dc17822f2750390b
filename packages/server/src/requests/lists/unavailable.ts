import { alias } from "drizzle-orm/pg-core";
import { canWorkNow } from "../../access/can-work.ts";
import { requests, users } from "../../db/schema.ts";
import { type Sql, sql } from "../../db/sql.ts";

const holder = alias(users, "holder");
const cannotWork = sql`not ${canWorkNow(holder)}`;

/** Whether a request is held by somebody who can no longer work on requests. */
export const HAS_UNAVAILABLE_ASSIGNEE: Sql = sql`
  exists (select 1 from ${users} ${holder} where ${holder.id} = ${requests.assigneeId} and ${cannotWork})`;

/**
 * An item of a FROM clause: who holds or held requests and can no longer work on any. It reads one entry of the index
 * for each person, however many requests each of them has.
 */
export const UNAVAILABLE_ASSIGNEES: Sql = sql`(
  with recursive held (person) as (
    (select ${requests.assigneeId} from ${requests} where ${requests.assigneeId} is not null
      order by ${requests.assigneeId} limit 1)
    union all
    select (select ${requests.assigneeId} from ${requests} where ${requests.assigneeId} > held.person
        order by ${requests.assigneeId} limit 1)
      from held where held.person is not null)
  select held.person from held join ${users} ${holder} on ${holder.id} = held.person where ${cannotWork}
) as in_unavailable (value)`;
