import { authority, KEY_AUTHORITY, OWN_AUTHORITY } from "../access/authority.ts";
import type { Query } from "../db/database.ts";
import { isTransient, violatedConstraint } from "../db/failure.ts";
import { idempotencyKeys } from "../db/schema.ts";
import { columns, list, type ParamsIn, type Sql, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { insertFrom, type Prefixed, params, type Values } from "../db/write.ts";
import {
  auditedBy,
  type EntriesForm,
  type EntriesValues,
  formOf,
  type LoggedRequest,
} from "../log/append.ts";
import { requireAuthority } from "./require-authority.ts";

export type RecordValues = Prefixed<"idempotency", Values<typeof idempotencyKeys>>;
/** What a call with an API key was judged on. */
type HeldAuthority = ParamsIn<typeof KEY_AUTHORITY>;

/**
 * A change of state that only holds while the state and the actor's authority are still what was decided on, with its
 * values.
 */
export interface Write {
  /** The service request that its audit entries belong to. */
  readonly request: LoggedRequest | null;
  /** @returns whether it held */
  readonly run: (query: Query, along: WrittenAlong) => Promise<boolean>;
}

interface WrittenAlong {
  /** Null for an actor whose authority cannot end. */
  authority: HeldAuthority | null;
  count: number;
  entries: EntriesValues;
  record: RecordValues | null;
}

/**
 * Makes a write of CTEs that change state. The one called `changed` has one row if the change held, else none. Each must
 * depend on `authority`, directly or through another.
 */
export function write<Params>(
  name: string,
  ctes: Sql<Params>,
): (values: Params, request?: LoggedRequest | null) => Write {
  requireAuthority(name, statement(null, ctes).text);
  const byKey = writings(name, KEY_AUTHORITY, ctes);
  const byOwn = writings(`${name}_own`, OWN_AUTHORITY, ctes);
  return (values, request = null) => ({
    request,
    run: async (query, { authority, count, entries, record }) => {
      const all = { ...values, ...entries };
      const form = formOf(count);
      try {
        const [row] = authority
          ? record
            ? await query(byKey.remembering(form), { ...all, ...authority, ...record })
            : await query(byKey.plain(form), { ...all, ...authority })
          : record
            ? await query(byOwn.remembering(form), { ...all, ...record })
            : await query(byOwn.plain(form), all);
        return row?.held === 1;
      } catch (error) {
        // Another call used the same idempotency key, address or slug first: the next load finds it.
        if (violatedConstraint(error) !== null || isTransient(error)) return false;
        throw error;
      }
    },
  });
}

/** For a command that changes nothing but whose answer is stored under its idempotency key. */
export const NO_WRITE = write("nothing", sql`changed as (select 1 from ${authority})`)({});

const REMEMBERED = sql`
  remembered as (${insertFrom(idempotencyKeys, params(idempotencyKeys, "idempotency"), sql`changed`)})`;

/** The statements of a write by the form of its audit entries, without and with an idempotency record. */
function writings<Held, Params>(name: string, held: Sql<Held>, ctes: Sql<Params>) {
  return {
    plain: memoized((form) =>
      statement(`write_${name}_${form}`, writing([held, ctes, ...auditing(form)])),
    ),
    remembering: memoized((form) =>
      statement(
        `write_${name}_${form}_idempotent`,
        writing([held, ctes, ...auditing(form), REMEMBERED]),
      ),
    ),
  };
}

function auditing(form: EntriesForm): Sql<EntriesValues>[] {
  return form === 0 ? [] : [auditedBy(sql`changed`, form)];
}

function writing<C extends Sql>(ctes: readonly C[]) {
  return sql`with ${list(ctes)} select ${columns({ held: value("int", sql`count(*)`) })} from changed`;
}

function memoized<Value>(build: (form: EntriesForm) => Value): (form: EntriesForm) => Value {
  const built = new Map<EntriesForm, Value>();
  return (form) => {
    let found = built.get(form);
    if (found === undefined) {
      found = build(form);
      built.set(form, found);
    }
    return found;
  };
}
