import { is, Placeholder, type SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";

/** SQL compiled once: its text, and how to lay out a call's values behind it. */
export interface Statement {
  /** The name under which PostgreSQL keeps the plan; null when it should plan each time. */
  name: string | null;
  text: string;
  bind(values: Readonly<Record<string, unknown>>): unknown[];
}

const dialect = new PgDialect();

/** Compiles SQL whose values are `sql.placeholder("name")`. */
export function statement(name: string | null, query: SQL): Statement {
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
