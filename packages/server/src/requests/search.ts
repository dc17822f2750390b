import { type Caller, searchQuery, seesInternalComments } from "@serviceflow/domain";
import { type Condition, valuesOf, where } from "../db/condition.ts";
import type { Reads } from "../db/database.ts";
import { invalidCursor, readTextCursor, textCursor } from "../db/page.ts";
import { RecentlyUsed } from "../db/recently-used.ts";
import { requests, requestWords } from "../db/schema.ts";
import {
  all,
  columns,
  type Expression,
  identifier,
  join,
  list,
  literal,
  p,
  type Sql,
  sql,
  value,
} from "../db/sql.ts";
import { type Statement, statement } from "../db/statement.ts";
import { planSearch } from "./search-terms.ts";
import { VISIBLE, viewLimit, viewValues } from "./visibility.ts";
import { BLOCKS, markOf, personMark, quoted } from "./words.ts";

/** What an answer selects of requests. */
export interface Selection<Row> {
  /** Different for each shape. */
  name: string;
  /** Of its own placeholders. */
  values: object;
  /** @param source a SELECT of rows of `requests`, whose order it keeps */
  rows(source: Sql): Sql<unknown, Row>;
}

interface Search {
  q: string;
  /** On rows of `requests`. */
  conditions: readonly Condition[];
  caller: Caller;
  cursor: string | undefined;
  limit: number;
}

/** A search that finds little stops at one of these, and answers a short page to go on from. */
const BUDGET = { milliseconds: 300, candidates: 5_000 };
/** Where requests are filtered, so many are looked at together. */
const FILTERED_AT_ONCE = 500;

/**
 * The requests that the caller may see and that match, the highest number first. One whose id or number is typed comes
 * before all others.
 *
 * The words of each request hold the blocks of 1,024, 8,192 and 65,536 numbers that it is in. They are searched block by
 * block, from the newest and smallest on, until the page is full: that takes the same time for rare and common words,
 * and for any number of requests.
 * @throws DomainError `validation_failed` for a cursor of another list
 */
export async function searchRequests<Row extends { number: number }>(
  db: Reads,
  { q, conditions, caller, cursor, limit }: Search,
  shape: Selection<Row>,
): Promise<{ rows: Row[]; nextCursor: string | null }> {
  const query = searchQuery(q);
  const below = readNumberCursor(cursor);
  const plan = await planSearch(db, query, seesInternalComments(caller));
  const limits = limitsOf(caller, conditions, query.number, shape.values);
  const meant =
    query.number === null || below !== null
      ? []
      : await db.query(byNumber(shape, limits), { ...limits.values, meant: query.number });
  const start = below ?? (plan.top ?? 0) + 1;
  const wanted = limit - meant.length;
  const { rows, reached } = await walk(db, { ...plan, limits, shape, start, wanted });
  const shown = rows.slice(0, wanted);
  const last = rows.length > wanted ? (shown.at(-1)?.number ?? start) : reached;
  return {
    rows: [...meant, ...shown],
    nextCursor: last === null ? null : textCursor(String(last)),
  };
}

/** What the column can hold. */
const MAX_NUMBER = 2 ** 31 - 1;

function readNumberCursor(cursor: string | undefined): number | null {
  const text = readTextCursor(cursor, /^[1-9]\d{0,9}$/);
  if (text === null) return null;
  if (Number(text) > MAX_NUMBER) throw invalidCursor();
  return Number(text);
}

/** What bounds a search besides its words. */
interface Limits {
  name: string;
  conditions: readonly Sql[];
  /** Those that the caller asks for. */
  filters: readonly Sql[];
  values: object;
  /** Whether the request whose number is typed is left out, since it came first. */
  withoutMeant: boolean;
  /** A tsquery of the marks of people: a request must have one of them. Null: it may be of anybody. */
  people: string | null;
  isFiltered: boolean;
}

const notMeant = sql`${requests.number} <> ${p("meant", "int")}`;

function limitsOf(
  caller: Caller,
  conditions: readonly Condition[],
  meant: number | null,
  values: object,
): Limits {
  const view = viewLimit(caller);
  const { caller: person, filer } = viewValues(caller);
  const visible = view === null ? [] : [VISIBLE[view]];
  return {
    name: [
      view ?? "all",
      meant === null ? "words" : "number",
      ...conditions.map(({ name }) => name),
    ].join("_"),
    conditions: [...conditions.map((each) => each.sql), ...visible],
    filters: conditions.map((each) => each.sql),
    withoutMeant: meant !== null,
    values: {
      ...values,
      ...valuesOf(conditions),
      ...(view === null ? {} : { caller: person, filer }),
      ...(meant === null ? {} : { meant }),
    },
    people: view === null ? null : marksOf(person, filer),
    isFiltered: conditions.length > 0 || view !== null,
  };
}

function marksOf(requester: string | null, submitter: string | null): string {
  const marks = [personMark("r", requester ?? "")];
  if (submitter !== null) marks.push(personMark("s", submitter));
  return marks.map(quoted).join(" | ");
}

const compiledSearches = new RecentlyUsed<Statement<unknown>>(200);

function compiled<Row>(name: string, build: () => Sql<unknown, Row>): Statement<Row, object> {
  // The plan is the same for all words, but PostgreSQL would keep one for each set of filters.
  return compiledSearches.get(name, () => statement(null, build())) as Statement<Row, object>;
}

function byNumber<Row>(
  shape: Selection<Row>,
  { name, conditions }: Limits,
): Statement<Row, object> {
  return compiled(`meant_${shape.name}_${name}`, () =>
    shape.rows(sql`
      select ${requests}.* from ${requests}
      ${where([sql`${requests.number} = ${p("meant", "int")}`, ...conditions])}`),
  );
}

/** A block of numbers. */
interface Block {
  mark: string;
  /** The lowest of them. */
  low: number;
}

const [SMALL, MIDDLE, LARGE] = BLOCKS;
/** So many blocks of a size, before those of the next one begin where their numbers do. */
const OF_EACH_SIZE = 8;

/** The blocks that hold every number below one, newest first. */
export function* blocksBelow(below: number): Generator<Block> {
  let next = below - 1;
  for (const [size, larger] of [
    [SMALL, MIDDLE],
    [MIDDLE, LARGE],
    [LARGE, null],
  ] as const) {
    const [bits, letter] = size;
    for (let count = 0; next > 0; count += 1) {
      if (larger && count >= OF_EACH_SIZE && (next + 1) % 2 ** larger[0] === 0) break;
      const block = next >> bits;
      next = block * 2 ** bits - 1;
      yield { mark: markOf(letter, block), low: next + 1 };
    }
  }
}

interface Walk<Row> {
  queries: readonly string[];
  limits: Limits;
  shape: Selection<Row>;
  /** All are below it. */
  start: number;
  wanted: number;
}

/** At first the small and middle blocks; then large ones, the more the less they hold. */
const FIRST_BLOCKS = 32;
const NEXT_BLOCKS = 8;

/**
 * Walks the blocks until it has one row more than wanted, or its budget is spent.
 * @returns `reached`: every match that is not below it is there; null: every match is
 */
async function walk<Row extends { number: number }>(
  db: Reads,
  { queries, limits, shape, start, wanted }: Walk<Row>,
): Promise<{ rows: Row[]; reached: number | null }> {
  const query = compiled(`walk_${shape.name}_${queries.length}_${limits.name}`, () =>
    walkSql(shape, limits, queries.length),
  );
  const values = {
    ...limits.values,
    ...Object.fromEntries(queries.map((query, index) => [`word${index}`, query])),
    ...(limits.people === null ? {} : { people: limits.people }),
  };
  const givesUpAt = performance.now() + BUDGET.milliseconds;
  const rows: Row[] = [];
  let candidates = 0;
  let blocks = [...blocksBelow(start)];
  let below = start;
  let size = FIRST_BLOCKS;
  if (queries.length === 0) return { rows, reached: null };
  while (blocks.length > 0) {
    const some = blocks.slice(0, size);
    const missing = wanted + 1 - rows.length;
    const atOnce = limits.isFiltered ? Math.max(FILTERED_AT_ONCE, missing) : missing;
    const found = await db.query(query, {
      ...values,
      blocks: some.map(({ mark }) => quoted(mark)),
      below,
      candidates: atOnce,
      limit: missing,
    });
    rows.push(...found.filter(({ isFound }) => isFound));
    if (rows.length > wanted) break;
    const [{ seen, lowest } = { seen: 0, lowest: null }] = found;
    candidates += seen;
    if (seen === atOnce && lowest !== null) {
      if (candidates === seen) {
        const few = await amongFew(
          db,
          { queries, limits, shape },
          { ...values, below: start, limit: wanted + 1 },
        );
        if (few !== null) return { rows: few, reached: null };
      }
      below = lowest;
      blocks = [...blocksBelow(below)];
    } else {
      below = some.at(-1)?.low ?? 0;
      blocks = blocks.slice(size);
      size = size === FIRST_BLOCKS ? NEXT_BLOCKS : size * 2;
    }
    const isSpent = candidates >= BUDGET.candidates || performance.now() > givesUpAt;
    if (isSpent && blocks.length > 0) return { rows, reached: below };
  }
  return { rows, reached: null };
}

/** A filter that so few requests pass is read as a whole, when the words are too common to lead to them. */
const FEW = literal("1000");
const MORE = literal("1001");

/** All matches among those of the rarest filter; null when none is rare. */
async function amongFew<Row extends { number: number }>(
  db: Reads,
  { queries, limits, shape }: Pick<Walk<Row>, "queries" | "limits" | "shape">,
  values: object,
): Promise<Row[] | null> {
  const { filters, name } = limits;
  const [counts] = await db.query(
    compiled(`few_${name}`, () => countsSql(filters)),
    values,
  );
  const rarest = filters.findIndex((_, index) => counts?.[`filter${index}`] === true);
  if (rarest < 0) return null;
  const query = compiled(`among_${rarest}_${shape.name}_${queries.length}_${name}`, () =>
    amongSql(shape, limits, rarest, queries.length),
  );
  const rows = await db.query(query, values);
  return rows.sort((a, b) => b.number - a.number);
}

/** Whether few pass each filter. */
function countsSql(filters: readonly Sql[]): Sql<unknown, Record<string, boolean>> {
  const counts = filters.map((filter, index) => {
    const some = sql`select from ${requests} where ${filter} limit ${MORE}`;
    return [
      `filter${index}`,
      value("boolean", sql`select count(*) <= ${FEW} from (${some}) as passing`),
    ];
  });
  return sql`select ${columns(Object.fromEntries(counts) as Record<string, Expression<boolean>>)}`;
}

function amongSql<Row>(
  shape: Selection<Row>,
  { conditions, filters, withoutMeant }: Limits,
  rarest: number,
  words: number,
) {
  const matching = wordsOf(words).map(
    (name) => sql`${requestWords.words} @@ asked.${identifier(name)}`,
  );
  return shape.rows(sql`
    select ${requests}.* from (
        select ${requests.id} as id from ${requests} where ${filters[rarest] ?? sql`false`} limit ${FEW}
      ) as few
      join ${requests} on ${requests.id} = few.id
      cross join (select ${list(wordsOf(words).map(carriedWord))} offset 0) as asked
    ${where([
      ...conditions,
      ...(withoutMeant ? [notMeant] : []),
      sql`${requests.number} + 0 < ${p("below", "int")}`,
      sql`exists (
        select 1 from ${requestWords}
        where ${requestWords.requestId} = ${requests.id} and ${join(matching, " and ")})`,
    ])}
    order by ${requests.number} desc limit ${p("limit", "int")}`);
}

function wordsOf(count: number) {
  return Array.from({ length: count }, (_, index) => `word${index}` as const);
}

function carriedWord(name: ReturnType<typeof wordsOf>[number]) {
  return sql`${p(name, "text")}::tsquery as ${identifier(name)}`;
}

/**
 * The order of the conditions is that of the index's scan keys: the block before the words, or each block would read all
 * that have them. The words travel with the block, or the planner would put them first.
 */
function walkSql<Row>(shape: Selection<Row>, limits: Limits, words: number) {
  const { people } = limits;
  const names = wordsOf(words);
  const keys = [
    ...(people === null ? [] : [sql`${requestWords.words} @@ block.people`]),
    sql`${requestWords.words} @@ block.mark`,
    ...names.map((name) => sql`${requestWords.words} @@ block.${identifier(name)}`),
  ];
  const carried = [
    sql`mark::tsquery as mark`,
    ...(people === null ? [] : [sql`${p("people", "text")}::tsquery as people`]),
    ...names.map(carriedWord),
  ];
  const page = shape.rows(sql`
    select ${requests}.* from (select distinct walked.request from walked) as candidate
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
        where ${join(keys, " and ")} and ${requestWords.number} + 0 < ${p("below", "int")}
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
