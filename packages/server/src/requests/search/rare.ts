import type { Reads } from "../../db/database.ts";
import { requestWords } from "../../db/schema.ts";
import { join, p, type Sql, sql } from "../../db/sql.ts";
import { type Statement, statement } from "../../db/statement.ts";
import { compiled, type Limits, type Selection } from "./limits.ts";
import type { Stage } from "./plan.ts";
import { MAX_RARE, rareSql } from "./statement.ts";

/** So many rows of the index are read together, if the estimate is right. */
const MAX_ESTIMATE = 50_000;

/**
 * All matches for words that few requests have, which the newest blocks have not shown; null when many may have them. It
 * asks PostgreSQL first how many it expects: the index reads all rows with a word before it answers the first.
 */
export async function amongRare<Row extends { number: number }>(
  db: Reads,
  { limits, shape, stage }: { limits: Limits; shape: Selection<Row>; stage: Stage },
  values: object,
): Promise<Row[] | null> {
  if (!stage.isByWords || (await estimated(db, stage, values)) > MAX_ESTIMATE) return null;
  const { keys, judged } = stage;
  const query = compiled(`rare_${shape.name}_${keys.length}_${judged}_${limits.name}`, limits, () =>
    rareSql(shape, limits, stage),
  );
  const found = await db.query(query, values);
  const [{ seen } = { seen: 0 }] = found;
  return seen > MAX_RARE ? null : found.filter(({ isFound }) => isFound);
}

interface Explained {
  "QUERY PLAN": [{ Plan: { "Plan Rows": number } }];
}

async function estimated(db: Reads, { keys }: Stage, values: object): Promise<number> {
  const [plan] = await db.query(explaining(keys.length), values);
  return plan?.["QUERY PLAN"][0].Plan["Plan Rows"] ?? 0;
}

/** By the number of words. */
const compiledExplains = new Map<number, Statement<Explained, object>>();

function explaining(words: number): Statement<Explained, object> {
  const known = compiledExplains.get(words);
  if (known) return known;
  const matches = Array.from(
    { length: words },
    (_, index) => sql`${requestWords.words} @@ ${p(`word${index}`, "text")}::tsquery`,
  );
  const explain = sql`
    explain (format json) select from ${requestWords} where ${join(matches, " and ")}`;
  const compiledExplain = statement(null, explain as Sql<object, Explained>);
  compiledExplains.set(words, compiledExplain);
  return compiledExplain;
}
