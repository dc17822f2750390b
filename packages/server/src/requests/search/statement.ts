import { where } from "../../db/condition.ts";
import { requests, requestWords } from "../../db/schema.ts";
import {
  all,
  columns,
  identifier,
  join,
  list,
  literal,
  p,
  type Sql,
  sql,
  unseen,
  value,
} from "../../db/sql.ts";
import { type Limits, notMeant, type Selection } from "./limits.ts";
import type { Stage } from "./plan.ts";

// Outside of the index, which would be asked for the words of all requests.
const words = sql`(${requestWords.words} || ''::tsvector)`;

/** Whether the rows of a request's words have all that is asked. */
export function judgedSql(id: Sql): Sql {
  const someRow = (query: Sql) => sql`exists (
    select from ${requestWords} where ${requestWords.requestId} = ${id} and ${words} @@ ${query})`;
  const everyTerm = (condition: Sql, terms: Sql) =>
    sql`coalesce((select bool_and(${condition}) from ${terms}), true)`;
  const has = sql`unnest(${p("has", "text[]")}::tsquery[]) as term (query)`;
  const hasNot = sql`
    unnest(${p("hasNot", "text[]")}::tsquery[], ${p("unless", "text[]")}::tsquery[]) as term (query, nevertheless)`;
  const isWithout = sql`(not ${someRow(sql`term.query`)} or ${someRow(sql`term.nevertheless`)})`;
  return sql`(${everyTerm(someRow(sql`term.query`), has)} and ${everyTerm(isWithout, hasNot)})`;
}

const hasSeveralRows = sql`exists (
  select from ${requestWords}
  where ${requestWords.requestId} = candidate.request and ${requestWords.part} > 0)`;

const JUDGED: Readonly<Record<Stage["judged"], readonly Sql[]>> = {
  none: [],
  several: [sql`(not ${hasSeveralRows} or ${judgedSql(sql`candidate.request`)})`],
  all: [judgedSql(sql`candidate.request`)],
};

/** What must match, in the order of the index's scan keys. */
interface Keys {
  /** How many tsqueries `word0`, `word1` and so on each row must match. */
  words: number;
  isOfPeople: boolean;
}

function keysOf(of: Pick<Stage, "keys">, { people }: Limits): Keys {
  return { words: of.keys.length, isOfPeople: people !== null };
}

function namesOf({ words }: Keys) {
  return Array.from({ length: words }, (_, index) => `word${index}` as const);
}

/** The tsqueries as columns: as parameters, the planner would take them for words that it knows. */
function carried(keys: Keys): Sql[] {
  return [
    ...(keys.isOfPeople ? [sql`${p("people", "text")}::tsquery as people`] : []),
    ...namesOf(keys).map((name) => sql`${p(name, "text")}::tsquery as ${identifier(name)}`),
  ];
}

/** @param before conditions that the index looks at before those on the words */
function matching(keys: Keys, before: readonly Sql[]): Sql {
  const conditions = [
    ...(keys.isOfPeople ? [sql`${requestWords.words} @@ carried.people`] : []),
    ...before,
    ...namesOf(keys).map((name) => sql`${requestWords.words} @@ carried.${identifier(name)}`),
    sql`${requestWords.number} + 0 < ${p("below", "int")}`,
  ];
  return join(conditions, " and ");
}

const LIMIT = unseen(p("limit", "int"));
const CANDIDATES = unseen(p("candidates", "int"));

const CANDIDATE = sql`${requestWords.number}, ${requestWords.requestId} as request`;

/**
 * One statement of the walk through the blocks. The order of the conditions is that of the index's scan keys: the block
 * before the words, or each block would read all that have them. The words travel with the block, or the planner would put
 * them first.
 */
export function walkSql<Row>(
  shape: Selection<Row>,
  limits: Limits,
  stage: Pick<Stage, "keys" | "judged">,
) {
  const keys = keysOf(stage, limits);
  const walked = sql`
    select found.number, found.request
    from (
      select ${list([sql`mark::tsquery as mark`, ...carried(keys)])}
      from unnest(${unseen(p("blocks", "text[]"))}) as each_block (mark) offset 0
    ) as carried
    cross join lateral (
      select ${CANDIDATE} from ${requestWords}
      where ${matching(keys, [sql`${requestWords.words} @@ carried.mark`])}
      order by ${requestWords.number} desc limit ${CANDIDATES}
    ) as found
    limit ${CANDIDATES}`;
  return pageOf(walked, shape, limits, stage);
}

/** All that match, or more than `MAX_RARE` of them, without the blocks. */
export function rareSql<Row>(
  shape: Selection<Row>,
  limits: Limits,
  stage: Pick<Stage, "keys" | "judged">,
) {
  const keys = keysOf(stage, limits);
  const walked = sql`
    select found.number, found.request
    from (select ${list(carried(keys))} offset 0) as carried
    cross join lateral (
      select ${CANDIDATE} from ${requestWords} where ${matching(keys, [])}
      limit ${literal(String(MAX_RARE + 1))}
    ) as found`;
  return pageOf(walked, shape, limits, stage);
}

/** How many requests match at most, for them to be read all at once. */
export const MAX_RARE = 1_000;

/** The page among candidates, and which those were. */
function pageOf<Row>(
  walked: Sql,
  shape: Selection<Row>,
  { conditions, withoutMeant }: Limits,
  { judged }: Pick<Stage, "judged">,
) {
  const candidate = sql`
    select candidate.request from (select distinct walked.request from walked) as candidate
    ${where(JUDGED[judged])}`;
  const page = shape.rows(sql`
    select ${requests}.* from (${candidate}) as candidate
      join ${requests} on ${requests.id} = candidate.request
    ${where([...conditions, ...(withoutMeant ? [notMeant] : [])])}
    order by ${requests.number} desc limit ${LIMIT}`);
  return sql`
    with walked as materialized (${walked})
    select ${columns({
      seen: value("int", sql`summary.seen`),
      lowest: value("int?", sql`summary.lowest`),
      isFound: value("boolean", sql`page.number is not null`),
    })}, ${all("page", page)}
    from (select count(*) as seen, min(walked.number) as lowest from walked) as summary
    left join (${page}) as page on true
    order by page.number desc`;
}
