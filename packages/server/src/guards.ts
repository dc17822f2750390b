import {
  type Caller,
  DomainError,
  hasScope,
  invalidField,
  type Role,
  toPublicId,
} from "@serviceflow/domain";
import { toPointer } from "@serviceflow/domain/contract";
import {
  ask,
  hasCredential,
  hasKey,
  noteUse,
  type PresentedKey,
  presentedApiKey,
  presentedKey,
  recall,
  refused,
  refuseKeyless,
} from "./access/authenticate.ts";
import { toCaller } from "./access/authority.ts";
import { FOUNDER, requireBootstrapKey, unfounded } from "./access/bootstrap.ts";
import { Gate } from "./access/gate.ts";
import { codeHolder, givenCode, refusedCode, withoutCode } from "./access/one-time-code.ts";
import type { BootstrapActor, CallContext, CodeActor, KnownCaller, UserActor } from "./context.ts";
import { isJsonType } from "./http/body.ts";
import { toDomainError } from "./http/problem.ts";
import type { ProcedureMeta } from "./meta.ts";
import type { Span } from "./tracing/tracer.ts";

/** A call of a procedure over either transport. */
export interface Call {
  readonly ctx: CallContext;
  readonly path: string;
  readonly type: "query" | "mutation" | "subscription";
  readonly meta: ProcedureMeta | undefined;
  /** The input as it came. It is read once, however often this is called. */
  getRawInput(): Promise<unknown>;
  /** Id of the user who calls, for the log; unknown for as long as nothing proves it. */
  caller?: string;
  /** UUID of the key that proved it. */
  keyUuid?: string;
  /** Of the user, as far as it is known. */
  role?: Role;
}

/**
 * What runs before a procedure over either transport: REST, a single call over tRPC, a batch. It adds to the call's context
 * what it finds out, and can run the procedure a second time, for a caller that the database has just been asked for.
 */
export type Guard<Added> = <Answer>(
  call: Call,
  run: (added: Added) => Promise<Answer>,
) => Promise<Answer>;

interface Reading {
  actor: UserActor;
  caller: Caller;
}

interface GatedReading extends Reading {
  /** Every statement that the answer depends on must have `GATE`, and its rows must pass. */
  gate: Gate;
}

interface Commanding<Actor> {
  actor: Actor;
  responseHeaders: Record<string, string>;
}

/** A read: the database is asked who calls. */
export const asUser: Guard<Reading> = guarded(async (call, run) => {
  if (call.type === "mutation") {
    throw new Error(`${call.path} must be a command: its caller could be stale.`);
  }
  return readAsUser(call, run, await presentedKey(call.ctx));
});

/** A call that changes nothing that is kept, so that there is nothing to write that could depend on a stale caller. */
export const asSignaller: Guard<Reading> = guarded(async (call, run) => {
  const key = await presentedKey(call.ctx);
  if (key.credential === "session") requireNoForm(call.ctx);
  return readAsUser(call, run, key);
});

async function readAsUser<Answer>(
  call: Call,
  run: (added: Reading) => Promise<Answer>,
  key: PresentedKey,
): Promise<Answer> {
  const { ctx } = call;
  const { known } = await ask(ctx, key);
  identify(call, known);
  await ctx.limits.charge(known.actor, ctx.responseHeaders);
  requireScope(known, call.meta);
  return run(toReading(call, known, key));
}

/**
 * A read of one round trip: its statement judges the caller as they were when they called last. Any answer that proves
 * nothing, a refusal too, is thrown away, and the read begins again with a caller who has been asked for.
 */
export const asGatedUser: Guard<GatedReading> = guarded(async (call, run) => {
  const { ctx } = call;
  const key = await presentedKey(ctx);
  const recalled = recall(ctx, key);
  const headers: Record<string, string> = {};
  const prove = (by: KnownCaller) => {
    identify(call, by);
    Object.assign(ctx.responseHeaders, headers);
  };
  let { known } = recalled ?? (await ask(ctx, key));
  try {
    await ctx.limits.charge(known.actor, headers);
  } catch (error) {
    // Or the holder of a revoked key would see how much its owner calls.
    if (recalled) await ask(ctx, key);
    prove(known);
    throw error;
  }
  const read = (gate: Gate) => {
    requireScope(known, call.meta);
    return run({ ...toReading(call, known, key), gate });
  };
  if (recalled) {
    const gate = new Gate(known, false);
    try {
      const answer = await read(gate);
      if (gate.isProven) {
        prove(known);
        noteUse(ctx, key, known);
        return answer;
      }
    } catch (error) {
      if (gate.isProven) prove(known);
      if (gate.isProven || isUnavailable(error)) throw error;
    }
    ({ known } = await ask(ctx, key));
  }
  prove(known);
  return read(new Gate(known, true));
});

/** A mutation. Who calls, `execute` loads with the state. */
export const asCommander: Guard<Commanding<UserActor>> = guarded((call, run) =>
  commandAsUser(call, run),
);

/** The same for the holder of an API key or of a one-time code alone, who exchanges it. */
export const asExchanger: Guard<Commanding<UserActor | CodeActor>> = guarded((call, run) =>
  givenCode(call.ctx) !== null && !hasKey(call.ctx)
    ? commandByCode(call, run)
    : commandAsUser(call, run, async (ctx) => {
        return (await presentedApiKey(ctx)) ?? refuseKeyless(ctx);
      }),
);

/** The same for the holder of a one-time code alone. */
export const asCodeHolder: Guard<Commanding<CodeActor>> = guarded(commandByCode);

async function commandByCode<Answer>(
  call: Call,
  run: (added: Commanding<CodeActor>) => Promise<Answer>,
): Promise<Answer> {
  const { ctx, path: procedure } = call;
  const secret = givenCode(ctx);
  if (secret === null) return refuseKeyless(ctx, withoutCode());
  const asksAgain = ctx.header("idempotency-key") !== null;
  const actor = await codeHolder(ctx, secret, { procedure, asksAgain });
  try {
    const answer = await run({ actor, responseHeaders: ctx.responseHeaders });
    if (actor.userUuid !== null) call.caller = actor.caller.id;
    return answer;
  } catch (thrown) {
    if (toDomainError(thrown).code !== "unauthenticated") throw thrown;
    throw await refusedCode(ctx);
  }
}

/** The same, for the holder of the bootstrap key too. */
export const asCommanderOrFounder: Guard<Commanding<UserActor | BootstrapActor>> = guarded(
  async (call, run) => {
    const { ctx, path: procedure } = call;
    const key = ctx.header("x-bootstrap-key");
    if (key === null) {
      if (!hasCredential(ctx)) return refuseKeyless(ctx, unfounded());
      return commandAsUser(call, run);
    }
    const secret = await requireBootstrapKey(ctx, key);
    const actor = { kind: "bootstrap" as const, caller: FOUNDER, secret, procedure };
    return run({ actor, responseHeaders: ctx.responseHeaders });
  },
);

/**
 * Runs a command for the holder of an API key or session. One that has just ended can only ask again for a stored answer: anything
 * else that comes of the call is the refusal of an unknown key.
 */
async function commandAsUser<Answer>(
  call: Call,
  run: (added: Commanding<UserActor>) => Promise<Answer>,
  present: (ctx: CallContext) => Promise<PresentedKey> = presentedKey,
): Promise<Answer> {
  const { ctx } = call;
  const asksAgain = ctx.header("idempotency-key") !== null;
  const key = await present(ctx);
  if (key.credential === "session") requireNoForm(ctx);
  // A client that waits with its body is asked for it only when its caller is known to be good.
  const recalled = ctx.header("expect") === null ? recall(ctx, key) : null;
  const { known, hasEnded, isProven } = recalled ?? (await ask(ctx, key, asksAgain));
  const responseHeaders: Record<string, string> = {};
  const announce = () => {
    identify(call, known);
    Object.assign(ctx.responseHeaders, responseHeaders);
  };
  const actor = toActor(call, known, key);
  try {
    await ctx.limits.charge(known.actor, responseHeaders);
    requireScope(known, call.meta);
    const answer = await run({ actor, responseHeaders });
    announce();
    // A stored answer is also repeated to a key that has just ended, so it proves nothing.
    if ("idempotent-replayed" in responseHeaders) ctx.knownCallers.delete(key.hash);
    else if (!isProven) noteUse(ctx, key, known);
    return answer;
  } catch (thrown) {
    const error = toDomainError(thrown);
    if (hasEnded ? error.status < 500 : error.code === "unauthenticated") {
      ctx.knownCallers.delete(key.hash);
      throw await refused(ctx, key, known.actor.keyUuid);
    }
    if (hasEnded) throw thrown;
    let isJudged = isProven || actor.isJudged === true;
    // What came before the load was judged on a caller who may have ended since.
    if (!isJudged && error.status < 500) {
      if ((await ask(ctx, key, asksAgain)).hasEnded) {
        throw await refused(ctx, key, known.actor.keyUuid);
      }
      isJudged = true;
    }
    if (isJudged) announce();
    throw thrown;
  }
}

/**
 * A form can be sent without a script.
 * @throws DomainError `unsupported_media_type`
 */
function requireNoForm({ header }: CallContext): void {
  const type = header("content-type");
  if (type === null || isJsonType(type)) return;
  throw new DomainError("unsupported_media_type", "Send the body as application/json.");
}

function identify(call: Call, { actor, standing }: KnownCaller): void {
  call.caller = actor.userId;
  call.keyUuid = actor.keyUuid;
  call.role = standing.actorRole;
}

function isUnavailable(error: unknown): boolean {
  const { code, status } = toDomainError(error);
  return status >= 500 && code !== "internal_error";
}

function toReading(call: Call, known: KnownCaller, key: PresentedKey): Reading {
  return { actor: toActor(call, known, key), caller: toCaller(known.actor, known.standing) };
}

function toActor({ path }: Call, { actor }: KnownCaller, { raw }: PresentedKey): UserActor {
  return { kind: "user", ...actor, rawKey: raw, procedure: path };
}

/** Requires the scope of the key or session, which never changes. */
function requireScope({ actor }: KnownCaller, meta: ProcedureMeta | undefined): void {
  const scope = meta?.scope ?? null;
  if (scope === null || hasScope(actor.scopes, scope)) return;
  throw new DomainError("insufficient_scope", `The API key or session lacks the scope ${scope}.`, {
    facts: { scope },
  });
}

/** Around any guard: one log line and one span for each call, however it ends, and no input with a name that zod passes over. */
function guarded<Added>(guard: Guard<Added>): Guard<Added> {
  const observed: Observed<Added> = async (call, run, span) => {
    const started = performance.now();
    call.ctx.lines.begin();
    try {
      const answer = await guard(call, async (added) => {
        requireSafeNames(await call.getRawInput());
        return run(added);
      });
      if (span !== null) endSpan(span, call, null);
      log(call, started, null);
      return answer;
    } catch (thrown) {
      const error = toDomainError(thrown);
      if (span !== null) endSpan(span, call, error);
      log(call, started, error);
      throw thrown;
    }
  };
  return (call, run) => {
    const { tracer, lines, transport } = call.ctx;
    if (tracer === null || lines.span === null) return observed(call, run, null);
    const attributes = {
      "serviceflow.procedure": call.path,
      "serviceflow.transport": transport,
    };
    const span = tracer.start({
      name: call.path,
      kind: "internal",
      attributes,
      parent: lines.span,
    });
    return tracer.within(span, () => observed(call, run, span));
  };
}

type Observed<Added> = <Answer>(
  call: Call,
  run: (added: Added) => Promise<Answer>,
  span: Span | null,
) => Promise<Answer>;

/** Of the caller a span holds the role and the key's id: whose program is slow, but not which person it works for. */
function endSpan(span: Span, { ctx, type, role, keyUuid }: Call, error: DomainError | null): void {
  span.set({
    ...(role === undefined ? {} : { "serviceflow.role": role }),
    ...(keyUuid === undefined ? {} : { "serviceflow.key.id": toPublicId("apiKey", keyUuid) }),
  });
  span.end(error?.code, error !== null && error.status >= 500);
  if (error !== null || type !== "mutation" || ctx.lines.span === null) return;
  ctx.tracer?.remember(ctx.requestId, ctx.lines.span);
}

function log(call: Call, started: number, error: DomainError | null): void {
  const { ctx, path, meta, keyUuid } = call;
  const duration = Math.round((performance.now() - started) * 100) / 100;
  const success = (ctx.transport === "rest" && meta?.openapi.status) || 200;
  const outcome = {
    procedure: path,
    caller: call.caller ?? null,
    key: keyUuid === undefined ? null : toPublicId("apiKey", keyUuid),
    status: error?.status ?? success,
    ...(error ? { code: error.code } : {}),
    durationMs: duration,
  };
  ctx.metrics.observe({
    procedure: path,
    transport: ctx.transport,
    code: error?.code ?? "ok",
    seconds: duration / 1000,
  });
  ctx.lines.add(outcome, { isStream: call.type === "subscription", cause: error?.cause });
}

/** zod leaves this name out of a record in silence. Of anything else than a record, it refuses it as an unknown field. */
const UNSAFE_NAME = "__proto__";

function requireSafeNames(input: unknown): void {
  for (const [field, value] of Object.entries(input ?? {})) {
    if (typeof value === "object" && value !== null && Object.hasOwn(value, UNSAFE_NAME)) {
      throw invalidField(
        toPointer([field, UNSAFE_NAME]),
        "unknown_field",
        `Nothing can be called ${UNSAFE_NAME}.`,
      );
    }
  }
}
