import { KEY_AND_USER, STANDING } from "../access/authority.ts";
import type { Standing } from "../context.ts";
import type { Query } from "../db/database.ts";
import { apiKeys, idempotencyKeys, users } from "../db/schema.ts";
import {
  type All,
  all,
  columns,
  found,
  maybe,
  type ParamsOf,
  p,
  type Row,
  type Selection,
  type Sql,
  sql,
  value,
} from "../db/sql.ts";
import { type Statement, statement } from "../db/statement.ts";
import { params } from "../db/write.ts";
import type { IdempotencyRecord, IdempotentCall } from "./idempotency.ts";

const RECORD = params(idempotencyKeys, "idempotency");
const KNOWN = {
  knownFingerprint: idempotencyKeys.fingerprint,
  knownAnswer: idempotencyKeys.answer,
  knownEncrypted: idempotencyKeys.encrypted,
  knownSince: idempotencyKeys.createdAt,
};

const ACTOR = maybe(STANDING);
type LoadedRow = { isFound: boolean } & Row<typeof ACTOR>;
type MaybeKnown = { [Name in keyof typeof KNOWN]: Row<typeof KNOWN>[Name] | null };

/** Who asks. */
interface Asked {
  /** Null: the actor acts without a key. */
  keyUuid: string | null;
  call: IdempotentCall | null;
}

/** What a load found, at one moment. */
interface Loaded<Facts> {
  /** Of the actor's key and user; null without a key. */
  standing: Standing | null;
  /** What was answered to the idempotency key before, and when. */
  record: (IdempotencyRecord & { answeredAt: string }) | null;
  /** @throws the load's error when it found none */
  facts(): Facts;
}

/** Loads what a decision needs, the actor as they are now, and what was answered to an idempotency key before. */
export type Load<Facts> = (query: Query, asked: Asked) => Promise<Loaded<Facts>>;

const HOLDS = sql`
  ${users.active} and coalesce(least(${apiKeys.revokedAt}, ${apiKeys.expiresAt}), 'infinity') > now()`;
const UNANSWERED = sql`${HOLDS} and ${idempotencyKeys.fingerprint} is null`;

/**
 * Makes a load of a query that finds at most one row.
 * @param missing the error when it finds none
 */
export function load<Facts, Params>(
  name: string,
  facts: Sql<Params, Facts>,
  missing: () => Error = () => new Error(`The load ${name} found no row.`),
): (values: Params) => Load<Facts> {
  return loadWith(name, facts, () => ({}), missing);
}

/**
 * The same with fields that are computed last, from what was found.
 * @param last takes whether the key works, and the call was not answered before
 */
export function loadWith<Facts, Params, Last extends Selection>(
  name: string,
  facts: Sql<Params, Facts>,
  last: (isNew: Sql) => Last,
  missing?: () => Error,
): (values: Params & All<ParamsOf<Last[keyof Last]>>) => Load<Facts & Row<Last>>;
export function loadWith(
  name: string,
  facts: Sql<object, object>,
  last: (isNew: Sql) => Selection,
  missing: () => Error = () => new Error(`The load ${name} found no row.`),
): (values: object) => Load<object> {
  const loadedFacts = sql`
    select ${columns({ isFound: value("boolean", sql`true`) })}, ${all("facts", facts)}
    from (${facts}) as facts`;
  const from = sql`
    from (select 1) as one
    left join (${KEY_AND_USER}) on ${apiKeys.id} = ${p("actorKey", "uuid?")}
    left join (${loadedFacts}) as loaded on true`;
  const plain = statement(
    `load_${name}`,
    sql`select ${all("loaded", loadedFacts)}, ${columns({ ...ACTOR, ...last(HOLDS) })} ${from}`,
  ) as Statement<LoadedRow, object>;
  const withRecord = statement(
    `load_${name}_idempotent`,
    sql`
      select ${all("loaded", loadedFacts)}, ${columns({ ...ACTOR, ...maybe(KNOWN), ...last(UNANSWERED) })} ${from}
      left join ${idempotencyKeys}
        on ${idempotencyKeys.userId} = ${RECORD.userId} and ${idempotencyKeys.key} = ${RECORD.key}`,
  ) as Statement<LoadedRow & MaybeKnown, object>;
  const loaded = (row: LoadedRow, record: Loaded<object>["record"]) => ({
    standing: found(STANDING, row, "actorRole"),
    record,
    facts() {
      if (!row.isFound) throw missing();
      return row;
    },
  });
  return (values) =>
    async (query, { keyUuid, call }) => {
      const asked = { ...values, actorKey: keyUuid };
      if (!call) {
        const [row] = await query(plain, asked);
        if (row) return loaded(row, null);
      } else {
        const { userUuid: idempotencyUserId, key: idempotencyKey } = call;
        const [row] = await query(withRecord, { ...asked, idempotencyUserId, idempotencyKey });
        if (row) return loaded(row, recordIn(row));
      }
      throw new Error(`The load ${name} has no row.`);
    };
}

function recordIn(row: MaybeKnown) {
  const known = found(KNOWN, row, "knownAnswer");
  return (
    known && {
      fingerprint: known.knownFingerprint,
      answer: known.knownAnswer,
      encrypted: known.knownEncrypted,
      answeredAt: known.knownSince,
    }
  );
}
