import { WORDS } from "../scenarios.ts";
import { AGENTS, EMPLOYEES } from "./people.ts";

/** Number of the first request that a fill makes. */
export const FIRST_NUMBER = 1001;

/** Log or history entries of each request that a fill makes, by default. */
export const ENTRIES_EACH = 4;

/**
 * The requests of a fill as a FROM item `made`, the same in each statement of a fill: a minute apart, the last one filed a
 * minute before `until`; 5 % canceled, 5 % in progress, 30 % new, the others done.
 * @param n the first, from 1 on, and the last of this batch
 */
export function madeRequests(
  n: { from: number; to: number },
  { count, until }: { count: number; until: Date },
): string {
  // One that is done.
  const rare = Math.ceil(count / 40) * 20 - 1;
  return `(
    select n, ${FIRST_NUMBER - 1} + n as number, at, status,
      'Request ' || n || case when n % 10 < 3 then ' the ${WORDS.common}' when n % 10 < 6 then ' the scanner' else ' the door' end
        || case when n = ${rare} then ' ${WORDS.rare}' else '' end as title,
      'It blinks red since this morning. Floor ' || n % 9 as description,
      case when n % 1000 = 3 then 'URGENT' when n % 10 = 7 then 'HIGH' when n % 10 = 8 then 'LOW' else 'NORMAL' end as priority,
      1 + n * 7919 % ${EMPLOYEES} as requester,
      case when status in ('IN_PROGRESS', 'DONE') or n % 2 = 0 then 1 + n % ${AGENTS} end as assignee,
      case when status in ('IN_PROGRESS', 'DONE') then at + interval '20 seconds' end as started_at,
      case when status in ('CANCELED', 'DONE') then at + make_interval(secs => 30 + n % 25) end as closed_at
    from (select n, '${until.toISOString()}'::timestamptz - (${count}::bigint - n + 1) * interval '1 minute' as at,
        case when n % 20 = 0 then 'CANCELED' when n % 20 = 1 then 'IN_PROGRESS' when n % 20 < 8 then 'NEW' else 'DONE' end as status
      from generate_series(${n.from}::bigint, ${n.to}::bigint) as n) as timed) as made`;
}

const BATCH = 250_000;

/** The batches in which a fill makes its requests. */
export function* batches(count: number): Generator<{ from: number; to: number }> {
  for (let from = 1; from <= count; from += BATCH) {
    yield { from, to: Math.min(count, from + BATCH - 1) };
  }
}
