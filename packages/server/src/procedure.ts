import {
  DomainError,
  type ErrorCode,
  hasScope,
  invalidField,
  type Scope,
} from "@serviceflow/domain";
import { toPointer } from "@serviceflow/domain/contract";
import {
  type AnyProcedure,
  initTRPC,
  type TRPCDefaultErrorShape,
  type TRPCError,
} from "@trpc/server";
import { authenticate, refuse } from "./access/authenticate.ts";
import { unauthenticated } from "./access/authority.ts";
import { FOUNDER, requireBootstrapKey } from "./access/bootstrap.ts";
import type { BootstrapActor, CallContext, UserActor } from "./context.ts";
import type { Limits } from "./http/limits.ts";
import { failedCalls, toDomainError, toProblem } from "./http/problem.ts";
import { loggableRequestId } from "./http/request-id.ts";

/** A procedure over REST. `{id}` in the path is the input's field `id`. */
export interface RestOperation {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  path: `/${string}`;
  tags: [string];
  summary: string;
  description?: string;
  /** Status of success; 200 by default. */
  status?: 200 | 201;
  /**
   * Form of the answer. `versioned` has an ETag, `page` and `feed` a Link to the next page; `lines`, `csv`
   * and `events` are streamed; `csv` is another form of the operation of its path.
   */
  answers?: "versioned" | "page" | "feed" | "lines" | "csv" | "events";
  /** The field of the input, a record, whose entries a query writes as `name.field=value`. */
  named?: string;
  /** Path of the created resource, for `Location`: `{id}` is the answer's field. */
  location?: `/${string}`;
  /** Error codes besides those of every operation. */
  errors?: readonly ErrorCode[];
  /** Whether `X-Bootstrap-Key` can replace the API key. */
  bootstrap?: boolean;
}

export interface ProcedureMeta {
  openapi: RestOperation;
  /** Required scope of the API key; null: any key. */
  scope: Scope | null;
}

/** Of every tRPC router, or one of them would answer with a stack trace. */
export const TRPC_OPTIONS = {
  isDev: false,
  // Proxies close idle connections.
  sse: { ping: { enabled: true, intervalMs: 15_000 } },
  errorFormatter(failed: {
    error: TRPCError;
    shape: TRPCDefaultErrorShape;
    ctx: CallContext | undefined;
  }) {
    const { error, shape, ctx } = failed;
    const problem = toProblem(toDomainError(error), ctx ?? failedCalls.get(error) ?? null);
    return {
      ...shape,
      message: `${problem.code}: ${problem.detail}`,
      data: { code: shape.data.code, httpStatus: problem.status, path: shape.data.path, problem },
    };
  },
};

const t = initTRPC.meta<ProcedureMeta>().context<CallContext>().create(TRPC_OPTIONS);

export const router = t.router;

/** One log line for each call, however it ends. */
const logged = t.middleware(async ({ ctx, path, meta, next }) => {
  const started = performance.now();
  const result = await next();
  const duration = Math.round((performance.now() - started) * 100) / 100;
  const error = result.ok ? null : toDomainError(result.error);
  const success = (ctx.transport === "rest" && meta?.openapi.status) || 200;
  const line = {
    requestId: ctx.requestId,
    transport: ctx.transport,
    procedure: path,
    caller: calledBy.get(ctx) ?? null,
    ...loggableRequestId(ctx.header("x-request-id")),
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
  if (error?.code === "internal_error") ctx.log.error({ ...line, err: error.cause }, "call");
  else ctx.log.info(line, "call");
  return result;
});

const calledBy = new WeakMap<CallContext, string>();

const authenticated = t.middleware(async ({ ctx, path, type, meta, next }) => {
  if (type === "mutation") throw new Error(`${path} must be a command: its caller could be stale.`);
  const { actor, caller } = await authenticate(ctx);
  if (!caller) throw unauthenticated();
  calledBy.set(ctx, actor.userId);
  await admit(ctx.limits, { actor, responseHeaders: ctx.responseHeaders }, meta);
  return next({ ctx: { actor: { ...actor, procedure: path }, caller } });
});

interface Commanding<A> {
  actor: A;
  responseHeaders: Record<string, string>;
}

/**
 * Runs a command for the holder of an API key. One that has just ended can only ask again for a stored answer: anything
 * else that comes of the call is the refusal of an unknown key.
 */
async function commandAsUser<Result extends { ok: true } | { ok: false; error: TRPCError }>(
  ctx: CallContext,
  { path: procedure, meta }: { path: string; meta: ProcedureMeta | undefined },
  run: (commanding: Commanding<UserActor>) => Promise<Result>,
): Promise<Result> {
  const { actor, caller } = await authenticate(ctx, ctx.header("idempotency-key") !== null);
  const hasEnded = caller === null;
  const responseHeaders = hasEnded ? {} : ctx.responseHeaders;
  if (!hasEnded) calledBy.set(ctx, actor.userId);
  const commanding = { actor: { ...actor, procedure }, responseHeaders };
  const refusal = await admit(ctx.limits, commanding, meta).then(() => null, toDomainError);
  const result = refusal ? null : await run(commanding);
  if (result?.ok) {
    calledBy.set(ctx, actor.userId);
    Object.assign(ctx.responseHeaders, responseHeaders);
    return result;
  }
  const error = refusal ?? toDomainError(result?.error);
  const isRefused = hasEnded ? error.status < 500 : error.code === "unauthenticated";
  if (isRefused) {
    await refuse(ctx, actor.keyUuid);
    throw unauthenticated();
  }
  if (result) return result;
  throw error;
}

const commanded = t.middleware(({ ctx, path, meta, next }) =>
  commandAsUser(ctx, { path, meta }, (commanding) => next({ ctx: commanding })),
);

const commandedOrBootstrap = t.middleware(async ({ ctx, path, meta, next }) => {
  const run = (commanding: Commanding<UserActor | BootstrapActor>) => next({ ctx: commanding });
  const key = ctx.header("x-bootstrap-key");
  if (key === null) return commandAsUser(ctx, { path, meta }, run);
  const secret = await requireBootstrapKey(ctx, key);
  const actor = { kind: "bootstrap" as const, caller: FOUNDER, secret, procedure: path };
  return run({ actor, responseHeaders: ctx.responseHeaders });
});

/** Charges the key, and requires its scope, which never changes. */
async function admit(
  limits: Limits,
  { actor, responseHeaders }: Commanding<Pick<UserActor, "keyUuid" | "userUuid" | "scopes">>,
  meta: ProcedureMeta | undefined,
): Promise<void> {
  await limits.charge(actor, responseHeaders);
  const scope = meta?.scope ?? null;
  if (scope === null || hasScope(actor.scopes, scope)) return;
  throw new DomainError("insufficient_scope", `The API key lacks the scope ${scope}.`, {
    facts: { scope },
  });
}

/** zod leaves this name out of a record in silence. Of anything else than a record, it refuses it as an unknown field. */
const UNSAFE_NAME = "__proto__";

const requireSafeNames = t.middleware(async ({ getRawInput, next }) => {
  const input = await getRawInput();
  for (const [field, value] of Object.entries(input ?? {})) {
    if (typeof value === "object" && value !== null && Object.hasOwn(value, UNSAFE_NAME)) {
      throw invalidField(
        toPointer([field, UNSAFE_NAME]),
        "unknown_field",
        `Nothing can be called ${UNSAFE_NAME}.`,
      );
    }
  }
  return next();
});

/** A read for a known caller whose key has the scope of the procedure. */
export const procedure = t.procedure.use(logged).use(authenticated).use(requireSafeNames);

/** A mutation for the holder of such a key. Who that is by then, `execute` loads with the state. */
export const command = t.procedure.use(logged).use(commanded).use(requireSafeNames);

/** The same, but the bootstrap key can replace the API key. */
export const bootstrapCommand = t.procedure
  .use(logged)
  .use(commandedOrBootstrap)
  .use(requireSafeNames);

/** Calls a procedure as tRPC's own adapters do. Its input is read only when the caller is known. */
export function callProcedure(
  procedure: AnyProcedure,
  options: {
    ctx: CallContext;
    path: string;
    type: AnyProcedure["_def"]["type"];
    getRawInput: () => Promise<unknown>;
  },
): Promise<unknown> {
  const call = procedure as unknown as (options: object) => Promise<unknown>;
  // Without a signal: nothing outlives its call, and reading it would make Hono build a whole Request.
  let input: Promise<unknown> | undefined;
  const getRawInput = () => {
    input ??= options.getRawInput();
    return input;
  };
  return call({ ...options, getRawInput, signal: undefined, batchIndex: 0 });
}
