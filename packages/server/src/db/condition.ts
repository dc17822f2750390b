import { join, type Sql, sql } from "./sql.ts";

/** A condition of a list's WHERE, with its values. */
export interface Condition {
  name: string;
  sql: Sql;
  values: unknown;
}

export function condition<Params>(name: string, text: Sql<Params>): (values: Params) => Condition {
  return (values) => ({ name, sql: text, values });
}

/** For each filter of an input the condition that it means; one that is missing does not compile. */
export type Filters<Input, Name extends keyof Input, Rest extends unknown[] = []> = {
  readonly [N in Name]-?: (value: NonNullable<Input[N]>, ...rest: Rest) => Condition;
};

/** The conditions of the filters that an input sets. */
export function conditionsOf<Input, Name extends keyof Input & string, Rest extends unknown[]>(
  input: Input,
  filters: Filters<Input, Name, Rest>,
  ...rest: Rest
): Condition[] {
  const names = Object.keys(filters) as Name[];
  return names.flatMap((name) => {
    const value = input[name];
    return value === undefined || value === null ? [] : filters[name](value, ...rest);
  });
}

/** WHERE with all of the conditions, or nothing. */
export function where(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`` : sql`where ${join(conditions, " and ")}`;
}

export function valuesOf(conditions: readonly Condition[]): object {
  return Object.assign({}, ...conditions.map(({ values }) => values));
}
