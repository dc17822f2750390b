import {
  type Caller,
  type Decision,
  DomainError,
  type Marked,
  mayRepeatAnswer,
} from "@serviceflow/domain";
import { endedKey, standingValues, toCaller, unauthenticated } from "../access/authority.ts";
import type { Actor, CommandContext, Standing } from "../context.ts";
import { NIL_UUID } from "../db/ids.ts";
import { sha256Hex } from "../db/sha256.ts";
import { prefixed } from "../db/write.ts";
import { UNTRANSFORMED } from "../http/untransformed.ts";
import { entriesValues } from "../log/append.ts";
import { alikeFingerprints, type Defaults } from "./defaults.ts";
import { isDryRun } from "./dry-run.ts";
import {
  fingerprintOf,
  type IdempotentCall,
  readIdempotencyKey,
  readStoredAnswer,
  storedAnswer,
} from "./idempotency.ts";
import type { Load } from "./load.ts";
import { originOf } from "./origin.ts";
import { requirePrecondition } from "./precondition.ts";
import { NO_WRITE, type RecordValues, type Write } from "./write.ts";

/** Who decides, as they were at the load, and when. */
export interface Deciding {
  caller: Caller;
  now: string;
}

/** One mutation. `decide` is pure, and runs again on newer facts when another call was first. */
export interface Command<Facts, State, Answer> {
  /** The parsed input: an idempotency key is bound to the procedure and this. */
  input: object;
  /** Of what the input may leave out: spelling it out makes no other call of it. */
  defaults?: Defaults;
  /** Whether the answer holds a secret: it is stored encrypted, and not compressed. */
  secret?: boolean;
  load: Load<Facts>;
  /** Refuses a caller who may not know whether the load found anything. */
  permit?(caller: Caller): void;
  /** What must be done once, for a caller who is permitted, before the decision. A dry run writes nothing here either. */
  prepare?(dryRun: boolean): Promise<void>;
  /** The version that If-Match is compared with; absent where there is none yet. */
  versionOf?(facts: Facts): number;
  decide(facts: Facts, by: Deciding): Decision<State> | Marked<State>;
  /** Whether an accepted command needs more than was loaded, and is loaded again. Not asked in a dry run. */
  needsAnotherLoad?(facts: Facts): boolean;
  write(next: State, facts: Facts): Write;
  answer(next: State, caller: Caller, facts: Facts): Answer;
}

// Each loser of a race, or of a wait for a lock, decides again; with so many losses in a row something else is wrong.
const MAX_ATTEMPTS = 60;
const PATIENCE_MS = 15_000;

/**
 * Executes one command: load the state, the caller and what was answered before; decide; and write state, audit entries
 * and the idempotency record in one statement that holds only if neither state nor authority has changed since the
 * load. Two round trips, and no lock is held between them. A dry run ends with the decision: one round trip.
 * @throws DomainError what `permit` and `decide` throw; `unauthenticated`, `precondition_failed`,
 * `idempotency_key_reused`, `write_conflict`, `malformed_request`
 */
export async function execute<Facts, State, Answer>(
  ctx: CommandContext,
  command: Command<Facts, State, Answer>,
): Promise<Answer> {
  const { actor } = ctx;
  const dryRun = isDryRun(ctx);
  if (dryRun) ctx.responseHeaders["dry-run"] = "true";
  if (command.secret) ctx.responseHeaders["cache-control"] = UNTRANSFORMED;
  const call = idempotentCall(ctx, command);
  const keyUuid = actor.kind === "user" ? actor.keyUuid : null;
  const givesUpAt = performance.now() + PATIENCE_MS;
  for (let attempt = 0; attempt < MAX_ATTEMPTS && performance.now() < givesUpAt; attempt += 1) {
    const loaded = await command.load(ctx.db.points.query, { keyUuid, call });
    // Read after the load, or a decision could be dated before the change that it builds on.
    const now = ctx.clock().toISOString();
    const { standing, record } = loaded;
    const { caller, end } = judge(actor, standing, record, now);
    // Before authority is judged: what ends one's own authority could not be sent again otherwise.
    if (call && record && (!end || mayRepeatAnswer(end, record.answeredAt, now))) {
      const answer = readStoredAnswer(call, record) as Answer;
      ctx.responseHeaders["idempotent-replayed"] = "true";
      return answer;
    }
    if (end) throw unauthenticated();
    if (actor.kind === "user") actor.isJudged = true;
    command.permit?.(caller);
    const facts = loaded.facts();
    if (attempt === 0) await command.prepare?.(dryRun);
    const decision = command.decide(facts, { caller, now });
    if (!dryRun && command.needsAnotherLoad?.(facts)) continue;
    if (command.versionOf) requirePrecondition(ctx, command.versionOf(facts));
    const answer = command.answer(decision.next, caller, facts);
    if (dryRun || (!decision.changed && !call)) return answer;
    const write = decision.changed ? command.write(decision.next, facts) : NO_WRITE;
    const entries = decision.changed ? decision.entries : [];
    const holds = await write.run(ctx.db.query, {
      authority: keyUuid !== null && standing ? standingValues(keyUuid, standing) : null,
      count: entries.length,
      entries: entriesValues(originOf(ctx), entries, write.request, now, ctx.random),
      record: call && recordOf(call, storedAnswer(call, answer, command.secret, ctx.random), now),
    });
    if (holds) return answer;
  }
  throw new DomainError("write_conflict", "Others keep changing this at the same time; try again.");
}

/** The caller as they are now, and whether their authority has ended. */
function judge(
  actor: Actor,
  standing: Standing | null,
  record: { answeredAt: string } | null,
  now: string,
) {
  // A code ends with its use, and may ask for the answer as a key that has just ended may.
  if (actor.kind === "code") {
    return { caller: actor.caller, end: record && { endedAt: record.answeredAt } };
  }
  if (actor.kind !== "user") return { caller: actor.caller, end: null };
  if (!standing) throw unauthenticated();
  return { caller: toCaller(actor, standing), end: endedKey(standing, now) };
}

function idempotentCall(
  ctx: CommandContext,
  { input, defaults }: Pick<Command<never, never, never>, "input" | "defaults">,
): IdempotentCall | null {
  const given = readIdempotencyKey(ctx.header("idempotency-key"));
  if (given === null) return null;
  const { actor } = ctx;
  // Nobody else's: who redeems a code has no other name yet.
  const key = actor.kind === "code" ? sha256Hex(`${actor.secret}\n${given}`) : given;
  const { procedure, ...owner } = idempotencyOwner(actor);
  const fingerprint = fingerprintOf(procedure, input);
  if (!defaults) return { key, fingerprint, ...owner };
  return { key, fingerprint, alike: () => alikeFingerprints(procedure, input, defaults), ...owner };
}

function idempotencyOwner(
  actor: Actor,
): Pick<IdempotentCall, "secretKey" | "userUuid"> & { procedure: string } {
  switch (actor.kind) {
    case "user":
      return { procedure: actor.procedure, secretKey: actor.rawKey, userUuid: actor.userUuid };
    case "bootstrap":
    case "code":
      return { procedure: actor.procedure, secretKey: actor.secret, userUuid: NIL_UUID };
    case "provider":
    case "operator":
      throw new Error("Commands of the operator and of a provider carry no idempotency key.");
  }
}

function recordOf(
  call: IdempotentCall,
  stored: { answer: string; encrypted: boolean },
  now: string,
): RecordValues {
  const { userUuid: userId, key, fingerprint } = call;
  return prefixed("idempotency", { userId, key, fingerprint, ...stored, createdAt: now });
}
