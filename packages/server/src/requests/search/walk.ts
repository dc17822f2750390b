import type { Reads } from "../../db/database.ts";
import { quoted } from "../words.ts";
import { blocksBelow } from "./blocks.ts";
import { amongFew } from "./few.ts";
import { compiled, type Limits, type Selection } from "./limits.ts";
import type { Asked, Stage } from "./plan.ts";
import { amongRare } from "./rare.ts";
import { walkSql } from "./statement.ts";

/** A search that finds little stops at one of these, and answers a short page to go on from. */
const BUDGET = { milliseconds: 300, candidates: 5_000 };
/** Where some candidates are left out, so many are looked at together. */
const FILTERED_AT_ONCE = 500;
/** A statement that takes less is followed by one for twice as many blocks, any other by one for half as many. */
const QUICK_MS = 30;

export interface Walk<Row> {
  asked: Asked;
  stages: readonly Stage[];
  limits: Limits;
  shape: Selection<Row>;
  /** All are below it. */
  start: number;
  wanted: number;
}

/** How far a walk has come. */
interface Walked<Row> {
  rows: Row[];
  /** Every match that is not below it is there. */
  below: number;
  candidates: number;
  givesUpAt: number;
  isDone: boolean;
}

/**
 * Walks the blocks until it has one row more than wanted, or its budget is spent.
 * @returns `reached`: every match that is not below it is there; null: every match is
 */
export async function walk<Row extends { number: number }>(
  db: Reads,
  of: Walk<Row>,
): Promise<{ rows: Row[]; reached: number | null }> {
  const walked: Walked<Row> = {
    rows: [],
    below: of.start,
    candidates: 0,
    givesUpAt: performance.now() + BUDGET.milliseconds,
    isDone: false,
  };
  for (const stage of of.stages) {
    await walkStage(db, of, stage, walked);
    if (walked.isDone) return { rows: walked.rows, reached: null };
    if (isSpent(walked)) break;
  }
  return { rows: walked.rows, reached: walked.below };
}

function isSpent({ candidates, givesUpAt }: Walked<unknown>): boolean {
  return candidates >= BUDGET.candidates || performance.now() > givesUpAt;
}

async function walkStage<Row extends { number: number }>(
  db: Reads,
  of: Walk<Row>,
  stage: Stage,
  walked: Walked<Row>,
): Promise<void> {
  const { asked, limits, shape, start, wanted } = of;
  const { keys, judged, sizes } = stage;
  const query = compiled(`walk_${shape.name}_${keys.length}_${judged}_${limits.name}`, limits, () =>
    walkSql(shape, limits, stage),
  );
  const values = {
    ...limits.values,
    ...asked,
    ...Object.fromEntries(keys.map((key, index) => [`word${index}`, key])),
    ...(limits.people === null ? {} : { people: limits.people }),
  };
  const whole = { ...values, below: start, limit: wanted + 1 };
  let isFirst = true;
  let isSparse = limits.isFiltered || judged === "all";
  let [size, nextSize]: readonly (number | undefined)[] = stage.blocks;
  let blocks = [...blocksBelow(walked.below, sizes)];
  while (blocks.length > 0) {
    const some = blocks.slice(0, size);
    const missing = wanted + 1 - walked.rows.length;
    const atOnce = isSparse ? Math.max(FILTERED_AT_ONCE, missing) : missing;
    const began = performance.now();
    const found = await db.query(query, {
      ...values,
      blocks: some.map(({ mark }) => quoted(mark)),
      below: walked.below,
      candidates: atOnce,
      limit: missing,
    });
    const isQuick = performance.now() - began < QUICK_MS;
    walked.rows.push(...found.filter(({ isFound }) => isFound));
    if (walked.rows.length > wanted) break;
    const [{ seen, lowest } = { seen: 0, lowest: null }] = found;
    const isCut = seen === atOnce && lowest !== null;
    const hasMore = isCut || blocks.length > some.length;
    const isFirstSeen = walked.candidates === 0;
    walked.candidates += seen;
    isSparse ||= isCut;
    if (hasMore && (isCut ? isFirstSeen : isFirst)) {
      const all = isCut
        ? await amongFew(db, { limits, shape }, whole)
        : await amongRare(db, { limits, shape, stage }, whole);
      if (all !== null) {
        walked.rows = all;
        break;
      }
    }
    isFirst = false;
    if (isCut) {
      walked.below = lowest;
      blocks = [...blocksBelow(lowest, sizes)];
    } else {
      walked.below = some.at(-1)?.low ?? 0;
      blocks = blocks.slice(some.length);
      size = nextSize ?? Math.max(1, isQuick ? some.length * 2 : some.length >> 1);
      nextSize = undefined;
    }
    const isOver = isSpent(walked) || walked.candidates >= stage.candidates;
    if (isOver && blocks.length > 0) return;
  }
  walked.isDone = true;
}
