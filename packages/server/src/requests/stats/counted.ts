import { OPEN } from "@serviceflow/domain";
import type { AnyColumn } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { requestDeltas, requests } from "../../db/schema.ts";
import { list, literal, name, sql } from "../../db/sql.ts";
import { NO_WAIT, RATIO } from "./waits.ts";

/** Requests, or what they were before a change, with a number `times`: how often each counts, less than 0 to take it away. */
export const facts = alias(requests, "facts");

/** The columns of `facts`, of a table of requests or an alias of it. */
export function factsIn(table: typeof facts | typeof requests) {
  return [
    table.id,
    table.createdAt,
    table.status,
    table.priority,
    table.category,
    table.assigneeId,
    table.startedAt,
    table.closedAt,
  ];
}

/** Their names, as the CTE `facts` lists its columns. */
export const FACTS = list(factsIn(requests).map(name));

const { requestId, createdAt } = requestDeltas;

/** The same of what deltas take away, and of what they add. */
export const BEFORE = list([
  requestId,
  createdAt,
  requestDeltas.wasStatus,
  requestDeltas.wasPriority,
  requestDeltas.wasCategory,
  requestDeltas.wasAssigneeId,
  requestDeltas.wasStartedAt,
  requestDeltas.wasClosedAt,
]);
export const AFTER = list([
  requestId,
  createdAt,
  requestDeltas.status,
  requestDeltas.priority,
  requestDeltas.category,
  requestDeltas.assigneeId,
  requestDeltas.startedAt,
  requestDeltas.closedAt,
]);

const wait = (until: AnyColumn) => {
  const seconds = sql`extract(epoch from ${until} - ${facts.createdAt})::float8`;
  return sql`
    case when ${until} is null then null
      when ${seconds} > 0 then ceil(ln(${seconds}) / ${literal(String(Math.log(RATIO)))}::float8)::int
      else ${literal(String(NO_WAIT))}::int end::text`;
};

const isOpen = sql`${facts.status} in (${list(OPEN.map(literal))})`;

const KEYS = sql`
  ('STATE', ${facts.status} || ' ' || ${facts.priority}),
  ('CATEGORY', ${facts.category}),
  (case when ${isOpen} then 'OPEN' else 'CLOSED' end, coalesce(${facts.assigneeId}::text, ''))`;

/** What a request is counted under, a row `(kind, key)` for each. */
export const COUNTED_UNDER = sql`
  (values ${KEYS}, ('START', ${wait(facts.startedAt)}), ('CLOSE', ${wait(facts.closedAt)})) as counted (kind, key)`;
/** For waiting times that are read from the requests themselves. */
export const COUNTED_UNDER_BUT_WAITS = sql`(values ${KEYS}) as counted (kind, key)`;

/** Milliseconds since 1970 in a UUIDv7. */
const milliseconds = (id: AnyColumn) =>
  sql`('x' || left(replace(${id}::text, '-', ''), 12))::bit(48)::bigint`;

const QUARTER_MS = literal("900000");
const DAY_MS = literal("86400000");

/** The day, and the quarter of an hour, since 1970 in UTC in which a request was filed. */
export const dayFiled = (id: AnyColumn) => sql`(${milliseconds(id)} / ${DAY_MS}::bigint)::int`;
export const quarterFiled = (id: AnyColumn) =>
  sql`(${milliseconds(id)} / ${QUARTER_MS}::bigint)::int`;

/** The quarter of an hour since 1970 in UTC of a moment. */
export const quarterOf = (moment: AnyColumn) =>
  sql`floor(extract(epoch from ${moment}) / 900)::int`;
