import { KEY_AND_USER, STANDING } from "../access/authority.ts";
import type { Standing } from "../context.ts";
import type { Query } from "../db/database.ts";
import { apiKeys, idempotencyKeys } from "../db/schema.ts";
import { all, columns, found, maybe, p, type Row, type Sql, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
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
type LoadedRow<Facts> = Facts & { isFound: boolean } & Row<typeof ACTOR>;

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

/**
 * Makes a load of a query that finds at most one row.
 * @param missing the error when it finds none
 */
export function load<Facts, Params>(
  name: string,
  facts: Sql<Params, Facts>,
  missing: () => Error = () => new Error(`The load ${name} found no row.`),
): (values: Params) => Load<Facts> {
  const loadedFacts = sql`
    select ${columns({ isFound: value("boolean", sql`true`) })}, ${all("facts", facts)}
    from (${facts}) as facts`;
  const from = sql`
    from (select 1) as one
    left join (${KEY_AND_USER}) on ${apiKeys.id} = ${p("actorKey", "uuid?")}
    left join (${loadedFacts}) as loaded on true`;
  const plain = statement(
    `load_${name}`,
    sql`select ${all("loaded", loadedFacts)}, ${columns(ACTOR)} ${from}`,
  );
  const withRecord = statement(
    `load_${name}_idempotent`,
    sql`
      select ${all("loaded", loadedFacts)}, ${columns({ ...ACTOR, ...maybe(KNOWN) })} ${from}
      left join ${idempotencyKeys}
        on ${idempotencyKeys.userId} = ${RECORD.userId} and ${idempotencyKeys.key} = ${RECORD.key}`,
  );
  const loaded = (row: LoadedRow<Facts>, record: Loaded<Facts>["record"]) => ({
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

function recordIn(row: { [Name in keyof typeof KNOWN]: Row<typeof KNOWN>[Name] | null }) {
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
