import { type Decision, DomainError } from "@serviceflow/domain";
import type { Actor, CommandContext } from "../context.ts";
import type { Query } from "../db/database.ts";
import { isTransient, violatedConstraint } from "../db/failure.ts";
import { idempotencyKeys } from "../db/schema.ts";
import { all, columns, list, maybe, type Row, type Sql, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { insertFrom, type Prefixed, params, prefixed, type Values } from "../db/write.ts";
import {
  auditedBy,
  type EntriesForm,
  type EntriesValues,
  entriesValues,
  formOf,
} from "../log/append.ts";
import {
  fingerprintOf,
  type IdempotencyRecord,
  type IdempotentCall,
  readIdempotencyKey,
  readStoredAnswer,
  storedAnswer,
} from "./idempotency.ts";
import { originOf } from "./origin.ts";
import { requirePrecondition } from "./precondition.ts";

/** One mutation. `decide` is pure, and runs again on newer facts when another call was first. */
export interface Command<Facts, State, Answer> {
  /** The parsed input: an idempotency key is bound to the procedure and this. */
  input: unknown;
  /** Whether the answer holds a secret and must be stored encrypted. */
  secret?: boolean;
  load: Load<Facts>;
  /** The version that If-Match is compared with; absent where there is none yet. */
  versionOf?(facts: Facts): number;
  decide(facts: Facts, now: string): Decision<State>;
  write(next: State, facts: Facts): Write;
  answer(next: State): Answer;
}

// Each loser of a race decides again; with this many losses in a row something else is wrong.
const MAX_ATTEMPTS = 60;

/**
 * Executes one command: load, decide, and write state, audit entries and the idempotency record in one statement that
 * holds only if nothing has changed since the load. Two round trips, and no lock is held between them.
 * @throws DomainError what `decide` throws; `precondition_failed`, `idempotency_key_reused`, `write_conflict`
 */
export async function execute<Facts, State, Answer>(
  ctx: CommandContext,
  command: Command<Facts, State, Answer>,
): Promise<Answer> {
  const call = idempotentCall(ctx, command);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const { replay, facts } = await command.load(ctx.db.query, call);
    if (replay) {
      ctx.responseHeaders["idempotent-replayed"] = "true";
      return readStoredAnswer(replay.call, replay.record) as Answer;
    }
    // Read after the load, or a decision could be dated before the change that it builds on.
    const now = ctx.clock().toISOString();
    const decision = command.decide(facts, now);
    if (command.versionOf) requirePrecondition(ctx, command.versionOf(facts));
    const answer = command.answer(decision.next);
    if (!decision.changed && !call) return answer;
    const write = decision.changed ? command.write(decision.next, facts) : NO_WRITE;
    const entries = decision.changed ? decision.entries : [];
    const holds = await write.run(ctx.db.query, {
      count: entries.length,
      entries: entriesValues(originOf(ctx), entries, write.requestUuid, now, ctx.random),
      record: call && recordOf(call, storedAnswer(call, answer, command.secret, ctx.random), now),
    });
    if (holds) return answer;
  }
  throw new DomainError("write_conflict", "Others keep changing this at the same time; try again.");
}

function idempotentCall(
  ctx: CommandContext,
  { input }: Pick<Command<never, never, never>, "input">,
): IdempotentCall | null {
  const key = readIdempotencyKey(ctx.header("idempotency-key"));
  if (key === null) return null;
  const { procedure, ...owner } = idempotencyOwner(ctx.actor);
  return { key, fingerprint: fingerprintOf(procedure, input), ...owner };
}

/** The idempotency keys of calls without a user belong to nobody. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

function idempotencyOwner(
  actor: Actor,
): Pick<IdempotentCall, "secretKey" | "userUuid"> & { procedure: string } {
  switch (actor.kind) {
    case "user":
      return { procedure: actor.procedure, secretKey: actor.rawKey, userUuid: actor.userUuid };
    case "bootstrap":
      return { procedure: actor.procedure, secretKey: actor.secret, userUuid: NOBODY };
    case "operator":
      throw new Error("The operator's commands carry no idempotency key.");
  }
}

type RecordValues = Prefixed<"idempotency", Values<typeof idempotencyKeys>>;

function recordOf(
  call: IdempotentCall,
  stored: { answer: string; encrypted: boolean },
  now: string,
): RecordValues {
  const { userUuid: userId, key, fingerprint } = call;
  return prefixed("idempotency", { userId, key, fingerprint, ...stored, createdAt: now });
}

const RECORD = params(idempotencyKeys, "idempotency");
const KNOWN = {
  isFound: value("boolean", sql`loaded.found is not null`),
  knownFingerprint: maybe(idempotencyKeys.fingerprint),
  knownAnswer: maybe(idempotencyKeys.answer),
  knownEncrypted: maybe(idempotencyKeys.encrypted),
};

type Loaded<Facts> =
  | { replay: { call: IdempotentCall; record: IdempotencyRecord }; facts: null }
  | { replay: null; facts: Facts };

/** Loads what a decision needs, and with an idempotency key what was answered to it before. */
export type Load<Facts> = (query: Query, call: IdempotentCall | null) => Promise<Loaded<Facts>>;

/**
 * Makes a load of a query that finds at most one row.
 * @param missing the error when it finds none
 */
export function load<Facts, Params>(
  name: string,
  facts: Sql<Params, Facts>,
  missing: () => Error = () => new Error(`The load ${name} found no row.`),
): (values: Params) => Load<Facts> {
  const plain = statement(`load_${name}`, facts);
  const withRecord = statement(
    `load_${name}_idempotent`,
    sql`
      select ${all("loaded", facts)}, ${columns(KNOWN)}
      from (select 1) as one
      left join (select true as found, facts.* from (${facts}) as facts) as loaded on true
      left join ${idempotencyKeys}
        on ${idempotencyKeys.userId} = ${RECORD.userId} and ${idempotencyKeys.key} = ${RECORD.key}`,
  );
  return (values) => async (query, call) => {
    if (!call) {
      const [row] = await query(plain, values);
      if (!row) throw missing();
      return { replay: null, facts: row };
    }
    const [row] = await query(withRecord, {
      ...values,
      idempotencyUserId: call.userUuid,
      idempotencyKey: call.key,
    });
    const record = row && recordIn(row);
    if (record) return { replay: { call, record }, facts: null };
    if (!row?.isFound) throw missing();
    return { replay: null, facts: row };
  };
}

function recordIn(row: Row<typeof KNOWN>): IdempotencyRecord | null {
  const { knownFingerprint: fingerprint, knownAnswer: answer, knownEncrypted: encrypted } = row;
  if (fingerprint === null || answer === null || encrypted === null) return null;
  return { fingerprint, answer, encrypted };
}

/** A change of state that only holds while the state is still what was decided on, with its values. */
export interface Write {
  /** The service request that its audit entries belong to. */
  readonly requestUuid: string | null;
  /** @returns whether it held */
  readonly run: (query: Query, along: WrittenAlong) => Promise<boolean>;
}

interface WrittenAlong {
  count: number;
  entries: EntriesValues;
  record: RecordValues | null;
}

/**
 * Makes a write of CTEs that change state. The one called `changed` has one row if the change held, else none.
 */
export function write<Params>(
  name: string,
  ctes: Sql<Params>,
): (values: Params, requestUuid?: string | null) => Write {
  const plain = memoized((form) =>
    statement(`write_${name}_${form}`, writing([ctes, ...auditing(form)])),
  );
  const remembering = memoized((form) =>
    statement(
      `write_${name}_${form}_idempotent`,
      writing([
        ctes,
        ...auditing(form),
        sql`remembered as (${insertFrom(idempotencyKeys, RECORD, sql`changed`)})`,
      ]),
    ),
  );
  return (values, requestUuid = null) => ({
    requestUuid,
    run: async (query, { count, entries, record }) => {
      try {
        const both = { ...values, ...entries };
        const form = formOf(count);
        const [row] = record
          ? await query(remembering(form), { ...both, ...record })
          : await query(plain(form), both);
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
const NO_WRITE = write("nothing", sql`changed as (select 1)`)({});

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
