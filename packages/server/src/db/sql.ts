import { type AnyColumn, Column, sql as drizzleSql, is, type SQL, type Table } from "drizzle-orm";

/** SQL with the values that its placeholders take and the rows that it answers. */
export type Sql<Params = unknown, Row = unknown> = SQL<{ params: Params; row: Row }>;

/** SQL of one value. */
export type Expression<Value = unknown, Params = unknown> = SQL<{ params: Params; value: Value }>;

type Columns<Row, Params> = SQL<{ params: Params; columns: Row }>;

export type Chunk = SQL<{ params: unknown }> | AnyColumn | Table;

// The parameter of each of several functions, which is how a union becomes an intersection.
export type All<Takers> = [Takers] extends [never]
  ? unknown
  : [Takers] extends [(all: infer Everything) => void]
    ? Everything
    : never;
export type ParamsOf<C> =
  C extends SQL<{ params: infer Params }> ? (params: Params) => void : never;
type ColumnsOf<C> = C extends SQL<{ columns: infer Row }> ? (row: Row) => void : never;

/** The values that SQL takes. */
export type ParamsIn<C extends Sql> = C extends Sql<infer Params> ? Params : never;

/** SQL made of text, tables, columns and other SQL. Its rows are what `columns` selects in it. */
export function sql<const Chunks extends readonly Chunk[]>(
  strings: TemplateStringsArray,
  ...chunks: Chunks
): Sql<All<ParamsOf<Chunks[number]>>, All<ColumnsOf<Chunks[number]>>> {
  return drizzleSql(strings, ...chunks);
}

export function join<C extends Chunk>(
  chunks: readonly C[],
  separator: string,
): Sql<All<ParamsOf<C>>> {
  return drizzleSql`${drizzleSql.join([...chunks], drizzleSql.raw(separator))}`;
}

export function list<C extends Chunk>(chunks: readonly C[]): Sql<All<ParamsOf<C>>> {
  return join(chunks, ", ");
}

/** A column without its table, as INSERT, SET and ON CONFLICT name it. */
export function name(column: AnyColumn): Sql {
  return drizzleSql`${drizzleSql.identifier(column.name)}`;
}

/** A name that a statement gives to something of its own. */
export function identifier(text: string): Sql {
  return drizzleSql`${drizzleSql.identifier(text)}`;
}

/**
 * What the planner does not look into: with the values of one call it would find each plan better than one for any values,
 * and make it again for each call.
 */
export function unseen<Value, Params>(value: Expression<Value, Params>): Expression<Value, Params> {
  return drizzleSql`(select ${value})`;
}

/** A text in the statement itself. */
export function literal(text: string): Sql {
  return drizzleSql`${drizzleSql.raw(`'${text.replaceAll("'", "''")}'`)}`;
}

/** PostgreSQL's types: what JavaScript sends for each, and what a row holds. */
interface Types {
  uuid: { sent: string; read: string };
  text: { sent: string; read: string };
  int: { sent: number; read: number };
  float8: { sent: number; read: number };
  boolean: { sent: boolean; read: boolean };
  timestamptz: { sent: Date | string; read: string };
  bytea: { sent: Uint8Array; read: Uint8Array };
  bigint: { sent: string | number | bigint; read: never };
  xid8: { sent: string; read: never };
}
type TypeName = keyof Types & string;
type ParameterType = TypeName | `${TypeName}[]`;

type Sent<Type extends string> = Type extends `${infer Of}?`
  ? Sent<Of> | null
  : Type extends `${infer Of extends TypeName}[]`
    ? readonly Types[Of]["sent"][]
    : Type extends TypeName
      ? Types[Type]["sent"]
      : never;

type OrNull<C extends AnyColumn, Value> = C["_"]["notNull"] extends true ? Value : Value | null;

// JSON is sent as text. A bigint is sent as what the caller has, and read as text.
export type SentTo<C extends AnyColumn> = OrNull<
  C,
  C["_"]["columnType"] extends "PgJsonb"
    ? string
    : C["_"]["data"] extends bigint
      ? string | number | bigint
      : C["_"]["columnType"] extends "PgTimestampString"
        ? Date | string
        : C["_"]["data"] extends readonly (infer Item)[]
          ? readonly Item[]
          : C["_"]["data"]
>;
type ReadFrom<C extends AnyColumn> = OrNull<
  C,
  C["_"]["data"] extends bigint ? string : C["_"]["data"]
>;

/** A value of each call, cast to a type (with `?`: or null) or to a column's. */
export function p<const Name extends string, C extends AnyColumn>(
  name: Name,
  type: C,
): Expression<SentTo<C>, { [N in Name]: SentTo<C> }>;
export function p<const Name extends string, Type extends ParameterType | `${ParameterType}?`>(
  name: Name,
  type: Type,
): Expression<Sent<Type>, { [N in Name]: Sent<Type> }>;
export function p(name: string, type: AnyColumn | string): SQL {
  const sqlType = is(type, Column) ? type.getSQLType() : type.replace("?", "");
  return drizzleSql`${drizzleSql.placeholder(name)}::${drizzleSql.raw(sqlType)}`;
}

/** An expression cast to a type (with `?`: or null), so that it is what a row says it is. */
export function value<Type extends TypeName | `${TypeName}?`, Params>(
  type: Type,
  expression: Sql<Params>,
): Expression<
  Type extends `${infer Of extends TypeName}?`
    ? Types[Of]["read"] | null
    : Type extends TypeName
      ? Types[Type]["read"]
      : never,
  Params
> {
  return drizzleSql`(${expression})::${drizzleSql.raw(type.replace("?", ""))}`;
}

/** An expression of PostgreSQL's type json, whose shape nothing checks. */
export function json<Value, Params = unknown>(expression: Sql<Params>): Expression<Value, Params> {
  return drizzleSql`${expression}`;
}

/** What rows hold: by the name of each field, a column or an expression. */
export type Selection = Readonly<Record<string, AnyColumn | Expression>>;

export type Row<S extends Selection> = {
  -readonly [Name in keyof S]: S[Name] extends AnyColumn
    ? ReadFrom<S[Name]>
    : S[Name] extends Expression<infer Value>
      ? Value
      : never;
};

/** The list of a SELECT or a RETURNING. */
export function columns<const S extends Selection>(
  selection: S,
): Columns<Row<S>, All<ParamsOf<S[keyof S]>>> {
  const items = Object.entries(selection).map(
    ([field, item]) =>
      drizzleSql`${is(item, Column) ? readable(item) : item} as ${drizzleSql.identifier(field)}`,
  );
  return drizzleSql`${drizzleSql.join(items, drizzleSql.raw(", "))}`;
}

/** All fields of a subquery, by its alias. */
export function all<Row>(alias: string, _of: Sql<unknown, Row>): Columns<Row, unknown> {
  return drizzleSql`${drizzleSql.identifier(alias)}.*`;
}

/** Neither engine's driver reads a 64-bit number as one that JavaScript can hold exactly. */
function readable(column: AnyColumn): SQL {
  const isWide = ["bigint", "xid8"].includes(column.getSQLType());
  return isWide ? drizzleSql`${column}::text` : drizzleSql`${column}`;
}

/** What an outer join may not find: a column, or a whole selection. */
export function maybe<C extends AnyColumn>(column: C): Expression<ReadFrom<C> | null>;
export function maybe<S extends Selection>(
  selection: S,
): { readonly [Name in keyof S]: Expression<Row<S>[Name] | null> };
export function maybe(item: AnyColumn | Selection): unknown {
  return is(item, Column) ? readable(item) : item;
}

/** The row that an outer join found by `maybe(selection)`, or null. `by` is a field that is never null in a row. */
export function found<S extends Selection, R extends { [Name in keyof S]: Row<S>[Name] | null }>(
  selection: S,
  row: R,
  by: keyof S & string,
): (R & Row<S>) | null;
export function found(_: Selection, row: Record<string, unknown>, by: string): object | null {
  return row[by] === null ? null : row;
}
