import { where } from "../../db/condition.ts";
import { requests, requestWords } from "../../db/schema.ts";
import { all, columns, identifier, join, list, p, type Sql, sql, value } from "../../db/sql.ts";
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

/**
 * The order of the conditions is that of the index's scan keys: the block before the words, or each block would read all
 * that have them. The words travel with the block, or the planner would put them first.
 */
export function walkSql<Row>(
  shape: Selection<Row>,
  limits: Limits,
  { keys, judged }: Pick<Stage, "keys" | "judged">,
) {
  const { people } = limits;
  const names = keys.map((_, index) => `word${index}` as const);
  const matching = [
    ...(people === null ? [] : [sql`${requestWords.words} @@ block.people`]),
    sql`${requestWords.words} @@ block.mark`,
    ...names.map((name) => sql`${requestWords.words} @@ block.${identifier(name)}`),
  ];
  const carried = [
    sql`mark::tsquery as mark`,
    ...(people === null ? [] : [sql`${p("people", "text")}::tsquery as people`]),
    ...names.map((name) => sql`${p(name, "text")}::tsquery as ${identifier(name)}`),
  ];
  const candidate = sql`
    select candidate.request from (select distinct walked.request from walked) as candidate
    ${where(JUDGED[judged])}`;
  const page = shape.rows(sql`
    select ${requests}.* from (${candidate}) as candidate
      join ${requests} on ${requests.id} = candidate.request
    ${where([...limits.conditions, ...(limits.withoutMeant ? [notMeant] : [])])}
    order by ${requests.number} desc limit ${p("limit", "int")}`);
  return sql`
    with walked as materialized (
      select found.number, found.request
      from (
        select ${list(carried)} from unnest(${p("blocks", "text[]")}) as each_block (mark) offset 0
      ) as block
      cross join lateral (
        select ${requestWords.number}, ${requestWords.requestId} as request from ${requestWords}
        where ${join(matching, " and ")} and ${requestWords.number} + 0 < ${p("below", "int")}
        order by ${requestWords.number} desc limit ${p("candidates", "int")}
      ) as found
      limit ${p("candidates", "int")}
    )
    select ${columns({
      seen: value("int", sql`summary.seen`),
      lowest: value("int?", sql`summary.lowest`),
      isFound: value("boolean", sql`page.number is not null`),
    })}, ${all("page", page)}
    from (select count(*) as seen, min(walked.number) as lowest from walked) as summary
    left join (${page}) as page on true
    order by page.number desc`;
}
