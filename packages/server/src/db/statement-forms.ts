import { RecentlyUsed } from "./recently-used.ts";
import { sha256Hex } from "./sha256.ts";
import type { Sql } from "./sql.ts";
import { type Statement, statement } from "./statement.ts";

/** A form that is asked for so often gets a name, under which each connection keeps its plan. */
const OFTEN = 5;
/** A connection keeps a plan for good. */
const MAX_NAMED = 50;
/** PostgreSQL cuts off what is longer. */
const MAX_NAME_LENGTH = 63;

export interface Form<Row, Params> {
  /** Different for each text of SQL. */
  name: string;
  /** Whether one plan serves all values. */
  hasOnePlan: boolean;
  build(): Sql<Params, Row>;
}

interface Kept<Row, Params> {
  statement: Statement<Row, Params>;
  uses: number;
}

/**
 * Statements of calls that have very many forms, such as lists by any filters: those most recently used are kept compiled,
 * and PostgreSQL keeps plans of the first that are asked for often.
 */
export class StatementForms<Row, Params> {
  readonly #kept: RecentlyUsed<Kept<Row, Params>>;
  readonly #named = new Set<string>();

  /** @param max that are kept compiled */
  constructor(max: number) {
    this.#kept = new RecentlyUsed(max);
  }

  get({ name, hasOnePlan, build }: Form<Row, Params>): Statement<Row, Params> {
    const compile = () => statement(this.#named.has(name) ? shortened(name) : null, build());
    const kept = this.#kept.get(name, () => ({ statement: compile(), uses: 0 }));
    kept.uses += 1;
    const mayGetName = !this.#named.has(name) && this.#named.size < MAX_NAMED;
    if (kept.uses === OFTEN && hasOnePlan && mayGetName) {
      this.#named.add(name);
      kept.statement = compile();
    }
    return kept.statement;
  }

  get size(): number {
    return this.#kept.size;
  }
}

function shortened(name: string): string {
  if (name.length <= MAX_NAME_LENGTH) return name;
  const end = sha256Hex(name).slice(0, 16);
  return `${name.slice(0, MAX_NAME_LENGTH - end.length)}${end}`;
}
