import { type Decision, DomainError } from "@serviceflow/domain";
import { type SQL, sql } from "drizzle-orm";
import type { Actor, CommandContext } from "../context.ts";
import { isTransient, violatedConstraint } from "../db/failure.ts";
import { type Statement, statement } from "../db/statement.ts";
import { recordedFrom, recordedValues } from "../log/append.ts";
import {
  fingerprintOf,
  type IdempotencyRecord,
  type IdempotentCall,
  openAnswer,
  readIdempotencyKey,
  sealAnswer,
} from "./idempotency.ts";
import { originOf } from "./origin.ts";
import { requirePrecondition } from "./precondition.ts";

type Values = Readonly<Record<string, unknown>>;

/** SQL that loads at most one row: what a decision needs to know. */
export interface Load {
  name: string;
  query: SQL;
}

/** SQL that changes state, as a list of CTEs. The one called `changed` has one row if the change held, else none. */
export interface Write {
  name: string;
  ctes: SQL;
}

/** One mutation. `decide` is pure, and may run again on a newer state. */
export interface Change<Row, State, Answer> {
  /** The parsed input: an idempotency key is bound to the procedure and this. */
  input: unknown;
  /** Whether the answer holds a secret, so that it must not lie readable. */
  secret?: boolean;
  load: Load;
  values: Values;
  /** The version that If-Match is held against; absent for what is created. */
  versionOf?(row: Row): number;
  /** @param row null when the query found nothing */
  decide(row: Row | null, now: string): Decision<State>;
  write(next: State, row: Row | null): { write: Write; values: Values; requestUuid: string | null };
  answer(next: State): Answer;
}

// Each loser of a race decides again; with this many losses in a row something else is wrong.
const MOST_ATTEMPTS = 60;

/**
 * Carries out one mutation: load, decide, and write state, audit entries and the idempotency record as one statement
 * that holds only if nothing has changed since the load. Two round trips, and no lock is held between them.
 * @throws DomainError what `decide` throws; `precondition_failed`, `idempotency_key_reused`, `write_conflict`
 */
export async function change<Row, State, Answer>(
  ctx: CommandContext,
  change: Change<Row, State, Answer>,
): Promise<Answer> {
  const call = idempotentCall(ctx, change);
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const loaded = await load<Row>(ctx, change, call);
    if (call && loaded.record) {
      ctx.responseHeaders["idempotent-replayed"] = "true";
      return openAnswer(call, loaded.record) as Answer;
    }
    // Read after the load, or a decision could be dated before the change that it builds on.
    const now = ctx.clock().toISOString();
    const decision = change.decide(loaded.row, now);
    if (loaded.row && change.versionOf) requirePrecondition(ctx, change.versionOf(loaded.row));
    const answer = change.answer(decision.next);
    if (!decision.changed && !call) return answer;
    if (await write(ctx, change, decision, loaded.row, call, answer, now)) return answer;
  }
  throw new DomainError("write_conflict", "Others keep changing this at the same time; try again.");
}

function idempotentCall(
  ctx: CommandContext,
  { input }: Pick<Change<never, never, never>, "input">,
): IdempotentCall | null {
  const key = readIdempotencyKey(ctx.header("idempotency-key"));
  if (key === null) return null;
  return {
    key,
    fingerprint: fingerprintOf(ctx.procedure, input),
    ...idempotencyOwner(ctx.actor),
  };
}

/** The idempotency keys of calls without a user belong to nobody. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

function idempotencyOwner(actor: Actor): Pick<IdempotentCall, "secretKey" | "userUuid"> {
  switch (actor.kind) {
    case "user":
      return { secretKey: actor.rawKey, userUuid: actor.userUuid };
    case "bootstrap":
      return { secretKey: actor.secret, userUuid: NOBODY };
    case "operator":
      throw new Error("The operator's commands carry no idempotency key.");
  }
}

async function load<Row>(
  ctx: CommandContext,
  change: Pick<Change<Row, never, never>, "load" | "values">,
  call: IdempotentCall | null,
): Promise<{ row: Row | null; record: IdempotencyRecord | null }> {
  const { name, query } = change.load;
  if (!call) {
    const plain = cached(`load_${name}`, () => query);
    const [row] = await ctx.db.query<Row>(plain, change.values);
    return { row: row ?? null, record: null };
  }
  const both = cached(
    `load_${name}_idempotent`,
    () => sql`
      select loaded.*, known.fingerprint as "knownFingerprint", known.answer as "knownAnswer",
        known.encrypted as "knownEncrypted"
      from (select 1) as one
      left join (select true as "found", inner_load.* from (${query}) as inner_load) as loaded on true
      left join idempotency_keys as known
        on known.user_id = ${sql.placeholder("idempotencyUser")}::uuid
        and known.key = ${sql.placeholder("idempotencyKey")}`,
  );
  const [row] = await ctx.db.query<Row & { found: boolean | null } & KnownColumns>(both, {
    ...change.values,
    idempotencyUser: call.userUuid,
    idempotencyKey: call.key,
  });
  return {
    row: row?.found ? row : null,
    record:
      row && row.knownFingerprint !== null
        ? {
            fingerprint: row.knownFingerprint,
            answer: row.knownAnswer,
            encrypted: row.knownEncrypted,
          }
        : null,
  };
}

interface KnownColumns {
  knownFingerprint: Uint8Array | null;
  knownAnswer: string;
  knownEncrypted: boolean;
}

/** @returns whether the write held; if not, the state is no longer what the decision was made on */
async function write<Row, State, Answer>(
  ctx: CommandContext,
  change: Change<Row, State, Answer>,
  decision: Decision<State>,
  row: Row | null,
  call: IdempotentCall | null,
  answer: Answer,
  now: string,
): Promise<boolean> {
  const entries = decision.changed ? decision.entries : [];
  const target = decision.changed ? change.write(decision.next, row) : NOTHING;
  const prepared = cached(
    `write_${target.write.name}_${entries.length}${call ? "_idempotent" : ""}`,
    () => writeSql(target.write, entries.length, call !== null),
  );
  const values: Record<string, unknown> = { ...target.values, now };
  if (entries.length > 0) {
    Object.assign(
      values,
      recordedValues(originOf(ctx), entries, target.requestUuid, now, ctx.random),
    );
  }
  if (call) {
    const sealed = sealAnswer(call, answer, change.secret ?? false, ctx.random);
    values.idempotencyUser = call.userUuid;
    values.idempotencyKey = call.key;
    values.fingerprint = call.fingerprint;
    values.answer = sealed.answer;
    values.encrypted = sealed.encrypted;
  }
  try {
    const [result] = await ctx.db.query<{ held: number }>(prepared, values);
    return result?.held === 1;
  } catch (error) {
    // Another call used the same idempotency key, address or slug first: the next load finds it.
    if (violatedConstraint(error) !== null) return false;
    if (isTransient(error)) return false;
    throw error;
  }
}

/** For a command that changes nothing but whose idempotency key is to be remembered. */
const NOTHING = {
  write: { name: "nothing", ctes: sql`changed as (select 1)` },
  values: {},
  requestUuid: null,
};

function writeSql(write: Write, entryCount: number, idempotent: boolean): SQL {
  const p = sql.placeholder;
  const parts = [write.ctes];
  if (entryCount > 0) parts.push(recordedFrom(sql`changed`, entryCount));
  if (idempotent) {
    parts.push(sql`
      remembered as (
        insert into idempotency_keys (user_id, key, fingerprint, answer, encrypted, created_at)
        select ${p("idempotencyUser")}::uuid, ${p("idempotencyKey")}::text, ${p("fingerprint")}::bytea,
          ${p("answer")}::text, ${p("encrypted")}::boolean, ${p("now")}::timestamptz
        from changed
      )`);
  }
  return sql`with ${sql.join(parts, sql`, `)} select count(*)::int as held from changed`;
}

const statements = new Map<string, Statement>();

function cached(name: string, build: () => SQL): Statement {
  let found = statements.get(name);
  if (!found) {
    found = statement(name, build());
    statements.set(name, found);
  }
  return found;
}
