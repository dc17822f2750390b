import type { Caller } from "@serviceflow/domain";
import { type Condition, valuesOf } from "../../db/condition.ts";
import { requests } from "../../db/schema.ts";
import { p, type Sql, sql } from "../../db/sql.ts";
import type { Statement } from "../../db/statement.ts";
import { StatementForms } from "../../db/statement-forms.ts";
import { VISIBLE, viewLimit, viewValues } from "../visibility.ts";
import { personMark, quoted } from "../words.ts";

/** What an answer selects of requests. */
export interface Selection<Row> {
  /** Different for each shape. */
  name: string;
  /** Of its own placeholders. */
  values: object;
  /** @param source a SELECT of rows of `requests`, whose order it keeps */
  rows(source: Sql): Sql<unknown, Row>;
}

/** A condition on rows of `requests`. */
export interface Filter extends Condition {
  /** Selects the ids of those that pass it by an index, up to a limit; null: no index has them. */
  ids: ((limit: Sql) => Sql) | null;
}

/** What bounds a search besides its words. */
export interface Limits {
  name: string;
  conditions: readonly Sql[];
  /** Those that the caller asks for. */
  filters: readonly Filter[];
  values: object;
  /** Whether the request whose number is typed is left out, since it came first. */
  withoutMeant: boolean;
  /** A tsquery of the marks of people: a request must have one of them. Null: it may be of anybody. */
  people: string | null;
  isFiltered: boolean;
}

export const notMeant = sql`${requests.number} <> ${p("meant", "int")}`;

export function limitsOf(
  caller: Caller,
  filters: readonly Filter[],
  meant: number | null,
  values: object,
): Limits {
  const view = viewLimit(caller);
  const { caller: person, filer } = viewValues(caller);
  const visible = view === null ? [] : [VISIBLE[view]];
  return {
    name: [
      view ?? "all",
      meant === null ? "words" : "number",
      ...filters.map(({ name }) => name),
    ].join("_"),
    conditions: [...filters.map((each) => each.sql), ...visible],
    filters,
    withoutMeant: meant !== null,
    values: {
      ...values,
      ...valuesOf(filters),
      ...(view === null ? {} : { caller: person, filer }),
      ...(meant === null ? {} : { meant }),
    },
    people: view === null ? null : marksOfPeople(person, filer),
    isFiltered: filters.length > 0 || view !== null,
  };
}

function marksOfPeople(requester: string | null, submitter: string | null): string {
  const marks = [personMark("r", requester ?? "")];
  if (submitter !== null) marks.push(personMark("s", submitter));
  return marks.map(quoted).join(" | ");
}

const compiledSearches = new StatementForms<unknown, object>(200);

/** The plan is the same for all words, but not for all values of filters. */
export function compiled<Row>(
  name: string,
  { filters }: Pick<Limits, "filters">,
  build: () => Sql<unknown, Row>,
): Statement<Row, object> {
  const form = { name, hasOnePlan: filters.length === 0, build: build as () => Sql<object> };
  return compiledSearches.get(form) as Statement<Row, object>;
}
