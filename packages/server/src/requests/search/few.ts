import { where } from "../../db/condition.ts";
import type { Reads } from "../../db/database.ts";
import { requests } from "../../db/schema.ts";
import { columns, type Expression, literal, p, type Sql, sql, value } from "../../db/sql.ts";
import { compiled, type Limits, notMeant, type Selection } from "./limits.ts";
import { judgedSql } from "./statement.ts";

/** A filter that so few requests pass is read as a whole, when the words are too common to lead to them. */
const FEW = literal("1000");
const MORE = literal("1001");

/** All matches among those of the rarest filter that an index has; null when none is rare. */
export async function amongFew<Row extends { number: number }>(
  db: Reads,
  { limits, shape }: { limits: Limits; shape: Selection<Row> },
  values: object,
): Promise<Row[] | null> {
  const filters = limits.filters.flatMap(({ ids }) => ids ?? []);
  if (filters.length === 0) return null;
  const [counts] = await db.query(
    compiled(`few_${limits.name}`, limits, () => countsSql(filters)),
    values,
  );
  const rarest = filters.find((_, index) => counts?.[`filter${index}`] === true);
  if (rarest === undefined) return null;
  const name = `among_${filters.indexOf(rarest)}_${shape.name}_${limits.name}`;
  const query = compiled(name, limits, () => amongSql(shape, limits, rarest));
  const rows = await db.query(query, values);
  return rows.sort((a, b) => b.number - a.number);
}

type Ids = (limit: Sql) => Sql;

/** Whether few pass each filter. */
function countsSql(filters: readonly Ids[]): Sql<unknown, Record<string, boolean>> {
  const counts = filters.map((ids, index) => {
    const some = sql`select from (${ids(MORE)}) as each_id limit ${MORE}`;
    return [
      `filter${index}`,
      value("boolean", sql`select count(*) <= ${FEW} from (${some}) as passing`),
    ];
  });
  return sql`select ${columns(Object.fromEntries(counts) as Record<string, Expression<boolean>>)}`;
}

function amongSql<Row>(
  shape: Selection<Row>,
  { conditions, withoutMeant }: Limits,
  ids: Ids,
): Sql<unknown, Row> {
  return shape.rows(sql`
    select ${requests}.* from (${ids(MORE)}) as few join ${requests} on ${requests.id} = few.id
    ${where([
      ...conditions,
      ...(withoutMeant ? [notMeant] : []),
      sql`${requests.number} + 0 < ${p("below", "int")}`,
      judgedSql(sql`few.id`),
    ])}
    order by ${requests.number} desc limit ${p("limit", "int")}`);
}
