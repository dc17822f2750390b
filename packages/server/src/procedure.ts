import { type Caller, DomainError, type ErrorCode, type Scope } from "@serviceflow/domain";
import {
  type AnyProcedure,
  initTRPC,
  type TRPCDefaultErrorShape,
  type TRPCError,
} from "@trpc/server";
import { authenticate } from "./access/authenticate.ts";
import { requireBootstrapKey } from "./access/bootstrap.ts";
import type { BootstrapActor, CallContext, UserActor } from "./context.ts";
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
   * Form of the answer. `versioned` has an ETag, `page` and `feed` a Link to the next page; `lines` and `events` are
   * streamed.
   */
  answers?: "versioned" | "page" | "feed" | "lines" | "events";
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

async function identify(
  ctx: CallContext,
  procedure: string,
  meta: ProcedureMeta | undefined,
): Promise<UserActor> {
  const actor = { ...(await authenticate(ctx)), procedure };
  calledBy.set(ctx, actor.caller.id);
  await ctx.limits.charge(actor, ctx.responseHeaders);
  requireScope(meta?.scope ?? null, actor.caller);
  return actor;
}

const authenticated = t.middleware(async ({ ctx, path, meta, next }) => {
  const actor = await identify(ctx, path, meta);
  return next({ ctx: { actor, caller: actor.caller } });
});

const authenticatedOrBootstrap = t.middleware(async ({ ctx, path, meta, next }) => {
  const key = ctx.header("x-bootstrap-key");
  const actor: UserActor | BootstrapActor =
    key === null
      ? await identify(ctx, path, meta)
      : { kind: "bootstrap", secret: await requireBootstrapKey(ctx, key), procedure: path };
  return next({ ctx: { actor } });
});

function requireScope(scope: Scope | null, caller: Caller): void {
  if (scope === null || caller.scopes.includes(scope)) return;
  throw new DomainError("insufficient_scope", `The API key lacks the scope ${scope}.`, {
    facts: { scope },
  });
}

/** A procedure for a known caller whose key has the scope of the procedure. */
export const procedure = t.procedure.use(logged).use(authenticated);

/** The same, but the bootstrap key can replace the API key; then there is no caller. */
export const bootstrapProcedure = t.procedure.use(logged).use(authenticatedOrBootstrap);

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
  return call({ ...options, signal: undefined, batchIndex: 0 });
}
