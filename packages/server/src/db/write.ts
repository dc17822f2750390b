import { type AnyColumn, sql as drizzleSql, getTableColumns, type SQL } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import {
  type All,
  type Chunk,
  type Expression,
  join,
  list,
  name,
  type ParamsOf,
  p,
  type SentTo,
  type Sql,
  sql,
} from "./sql.ts";

type ColumnsOf<T extends PgTable> = T["_"]["columns"];

/** The names of the columns that a write can set: all but those that the database computes. */
type ColumnName<T extends PgTable> = keyof Required<T["$inferInsert"]> &
  keyof ColumnsOf<T> &
  string;

/** A row as it is sent, complete. */
export type Values<T extends PgTable> = { [Name in ColumnName<T>]: SentTo<ColumnsOf<T>[Name]> };

export type Prefixed<Prefix extends string, V> = Prefix extends ""
  ? V
  : { [Name in keyof V & string as `${Prefix}${Capitalize<Name>}`]: V[Name] };

/** Values under other names, for a statement that takes those of several rows. */
export function prefixed<const Prefix extends string, V extends object>(
  prefix: Prefix,
  values: V,
): Prefixed<Prefix, V>;
export function prefixed(prefix: string, values: object): object {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [withPrefix(prefix, name), value]),
  );
}

function withPrefix(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** A placeholder for each column, by the column's name. */
export function params<T extends PgTable, const Prefix extends string = "">(
  table: T,
  prefix?: Prefix,
): {
  [Name in ColumnName<T>]: Expression<unknown, Prefixed<Prefix, Pick<Values<T>, Name>>>;
};
export function params(table: PgTable, prefix = ""): Record<string, SQL> {
  return Object.fromEntries(
    Object.entries(getTableColumns(table)).map(([name, column]) => [
      name,
      p(withPrefix(prefix, name), column),
    ]),
  );
}

/** Values of any number of rows, as an array for each column. */
export type Arrays<V> = { readonly [Name in keyof V]: readonly V[Name][] };

/** Rows of the same fields as an array for each of them. */
export function arraysOf<V extends object>(rows: readonly V[]): Arrays<V>;
export function arraysOf(rows: readonly Record<string, unknown>[]): Record<string, unknown[]> {
  const names = Object.keys(rows[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]));
}

/**
 * A row source that takes an array for each column, so that any number of rows have as many parameters as columns.
 * @param omitted columns that it leaves out
 */
export function unnested<
  T extends PgTable,
  const Prefix extends string,
  Omitted extends ColumnName<T>,
>(
  table: T,
  prefix: Prefix,
  omitted: readonly Omitted[],
): {
  rows: Sql<Prefixed<Prefix, Arrays<Omit<Values<T>, Omitted>>>>;
  columns: { [Name in Exclude<ColumnName<T>, Omitted>]: Expression };
};
export function unnested(table: PgTable, prefix: string, omitted: readonly string[]) {
  const filled = Object.entries(getTableColumns(table)).filter(
    ([key, column]) => !isComputed(column) && !omitted.includes(key),
  );
  const arrays = filled.map(([key, column]): Chunk => {
    const array = drizzleSql.placeholder(withPrefix(prefix, key));
    return drizzleSql<{ params: unknown }>`${array}::${drizzleSql.raw(column.getSQLType())}[]`;
  });
  const alias = drizzleSql.identifier(prefix);
  const names = list(filled.map(([, column]) => name(column)));
  return {
    rows: drizzleSql`unnest(${list(arrays)}) as ${alias} (${names})`,
    columns: Object.fromEntries(
      filled.map(([key, column]) => [key, drizzleSql`${alias}.${name(column)}`]),
    ),
  };
}

type Sources<T extends PgTable> = { [Name in ColumnName<T>]: Chunk };

/** The source of a column that an INSERT leaves to its default. */
export const DEFAULT: Sql = sql`default`;

/**
 * INSERT with a source for each column.
 * @param rows what is inserted, the same columns of each
 * @param from a row source, for each of whose rows they are inserted
 */
export function insertFrom<T extends PgTable, S extends Sources<T>, Params = unknown>(
  table: T,
  rows: S | readonly S[],
  from?: Sql<Params>,
): Sql<All<ParamsOf<S[keyof S]>> & Params>;
export function insertFrom(
  table: PgTable,
  rows: Record<string, Chunk> | readonly Record<string, Chunk>[],
  from?: Sql,
): SQL {
  const sources = [rows].flat();
  const filled = Object.entries(getTableColumns(table)).filter(
    ([key, column]) => !isComputed(column) && sources[0]?.[key] !== DEFAULT,
  );
  const names = list(filled.map(([, column]) => name(column)));
  const selects = sources.map((row) => {
    const values = list(filled.flatMap(([key]) => row[key] ?? []));
    return from ? sql`select ${values} from ${from}` : sql`select ${values}`;
  });
  return drizzleSql`insert into ${table} (${names}) ${join(selects, " union all ")}`;
}

function isComputed(column: AnyColumn): boolean {
  return column.generated !== undefined || column.generatedIdentity?.type === "always";
}

/** `column = source, ...` for the SET of an UPDATE. */
export function set<T extends PgTable, S extends { [Name in ColumnName<T>]?: Chunk }>(
  table: T,
  sources: S,
): Sql<All<ParamsOf<S[keyof S]>>>;
export function set(table: PgTable, sources: Record<string, Chunk>): SQL {
  return list(
    Object.entries(getTableColumns(table)).flatMap(([key, column]) => {
      const source = sources[key];
      return source === undefined ? [] : [sql`${name(column)} = ${source}`];
    }),
  );
}

/** For each column the updates that set it. An INSERT sets them all. */
export type WrittenBy<T extends PgTable, Write extends string> = Readonly<
  Record<ColumnName<T>, readonly Write[]>
>;

type ColumnsWritten<By, Write> = {
  [Name in keyof By]: By[Name] extends readonly (infer Each)[]
    ? Write extends Each
      ? Name
      : never
    : never;
}[keyof By];

/** `update ... set` with a placeholder for each column that this write sets. */
export function update<
  T extends PgTable,
  By extends WrittenBy<T, string>,
  Write extends By[ColumnName<T>][number],
>(
  table: T,
  writtenBy: By,
  write: Write,
): Sql<Pick<Values<T>, ColumnsWritten<By, Write> & ColumnName<T>>>;
export function update(
  table: PgTable,
  writtenBy: Readonly<Record<string, readonly string[]>>,
  write: string,
): SQL {
  const sources = Object.entries(params(table)).filter(([key]) => writtenBy[key]?.includes(write));
  return drizzleSql`update ${table} set ${set(table, Object.fromEntries(sources))}`;
}
