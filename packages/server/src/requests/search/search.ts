import { type Caller, searchQuery, seesInternalComments } from "@serviceflow/domain";
import { where } from "../../db/condition.ts";
import type { Reads } from "../../db/database.ts";
import { invalidCursor, readTextCursor, textCursor } from "../../db/page.ts";
import { requests } from "../../db/schema.ts";
import { p, sql } from "../../db/sql.ts";
import type { Statement } from "../../db/statement.ts";
import { compiled, type Filter, type Limits, limitsOf, type Selection } from "./limits.ts";
import { asked, stagesOf } from "./plan.ts";
import { lookUp } from "./terms.ts";
import { walk } from "./walk.ts";

interface Search {
  q: string;
  filters: readonly Filter[];
  caller: Caller;
  cursor: string | undefined;
  limit: number;
}

/**
 * The requests that the caller may see and that match, the highest number first. One whose id or number is typed comes
 * before all others.
 *
 * The words of each request hold the blocks of 1,024, 8,192 and 65,536 numbers that it is in. They are searched block by
 * block, from the newest and smallest on, until the page is full: for common words that takes the same time for any number of
 * requests. Words that few have are read at once.
 * @throws DomainError `validation_failed` for a cursor of another list
 */
export async function searchRequests<Row extends { number: number }>(
  db: Reads,
  { q, filters, caller, cursor, limit }: Search,
  shape: Selection<Row>,
): Promise<{ rows: Row[]; nextCursor: string | null }> {
  const query = searchQuery(q);
  const below = readNumberCursor(cursor);
  const known = await lookUp(db, query.terms, caller);
  const limits = limitsOf(caller, filters, query.number, shape.values);
  const meant =
    query.number === null || below !== null
      ? []
      : await db.query(byNumber(shape, limits), { ...limits.values, meant: query.number });
  if (query.terms.length === 0) return { rows: meant, nextCursor: null };
  const start = Math.min(below ?? Number.POSITIVE_INFINITY, (known.top ?? 0) + 1);
  const wanted = limit - meant.length;
  const { rows, reached } = await walk(db, {
    asked: asked(known, seesInternalComments(caller)),
    stages: stagesOf(known, caller),
    ...{ limits, shape, start, wanted },
  });
  const shown = rows.slice(0, wanted);
  const last = rows.length > wanted ? (shown.at(-1)?.number ?? start) : reached;
  return {
    rows: [...meant, ...shown],
    nextCursor: last === null ? null : textCursor(PREFIX + last),
  };
}

/** Other lists have cursors of numbers, too. */
const PREFIX = "q";
const MAX_NUMBER = 2 ** 31;

function readNumberCursor(cursor: string | undefined): number | null {
  const text = readTextCursor(cursor, /^q[1-9]\d{0,9}$/);
  if (text === null) return null;
  const number = Number(text.slice(PREFIX.length));
  if (number >= MAX_NUMBER) throw invalidCursor();
  return number;
}

function byNumber<Row>(shape: Selection<Row>, limits: Limits): Statement<Row, object> {
  const { name, conditions } = limits;
  return compiled(`meant_${shape.name}_${name}`, limits, () =>
    shape.rows(sql`
      select ${requests}.* from ${requests}
      ${where([sql`${requests.number} = ${p("meant", "int")}`, ...conditions])}`),
  );
}
