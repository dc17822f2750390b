import type { AnyColumn } from "drizzle-orm";
import { type Expression, type Sql, sql } from "./sql.ts";

/** After any other letter. */
const LAST = "\u{10FFFF}";

/** The range of the texts that begin so, as `isBetween` takes it. */
export function beginning(text: string): { low: string; high: string } {
  return { low: text, high: text + LAST };
}

/** By characters, as an index with `text_pattern_ops` has them. */
export function isBetween<Low, High>(
  column: AnyColumn,
  low: Sql<Low> | Expression<unknown, Low>,
  high: Sql<High> | Expression<unknown, High>,
) {
  return sql`${column} ~>=~ ${low} and ${column} ~<=~ ${high}`;
}
