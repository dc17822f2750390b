import { is, Placeholder, type SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import type { Sql } from "./sql.ts";

/** SQL compiled once: its text, and how a call's values are laid out for it. */
export interface Statement<Row = unknown, Params = never> {
  /** The name under which PostgreSQL keeps the plan; null when it should plan each time. */
  readonly name: string | null;
  readonly text: string;
  readonly bind: (values: Params) => unknown[];
  /** Never there: it holds a row's type. */
  readonly row?: Row;
}

const dialect = new PgDialect();

/** Compiles SQL, and knows by its type the values that it takes and the rows that it answers. */
export function statement<Row, Params>(
  name: string | null,
  query: Sql<Params, Row>,
): Statement<Row, Params>;
export function statement(
  name: string | null,
  query: SQL,
): Statement<unknown, Readonly<Record<string, unknown>>> {
  const { sql: text, params } = dialect.sqlToQuery(query);
  return {
    name,
    text,
    bind: (values) =>
      params.map((param) => {
        if (!is(param, Placeholder)) return param;
        const value = values[param.name];
        if (value === undefined) throw new TypeError(`No value for ${param.name} in ${name}`);
        return value;
      }),
  };
}
