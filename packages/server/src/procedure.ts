import { type AnyProcedure, initTRPC, type TRPCDefaultErrorShape, TRPCError } from "@trpc/server";
import type { z } from "zod";
import type { CallContext } from "./context.ts";
import {
  asCodeHolder,
  asCommander,
  asCommanderOrFounder,
  asExchanger,
  asGatedUser,
  asSignaller,
  asUser,
  type Call,
  type Guard,
} from "./guards.ts";
import { requireExact } from "./http/exact-answer.ts";
import { failedCalls, toDomainError } from "./http/problem.ts";
import { toErrorShape } from "./http/trpc-error-shape.ts";
import type { ProcedureMeta } from "./meta.ts";

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
    const call = ctx ?? failedCalls.get(error) ?? null;
    return toErrorShape(toDomainError(error), call, shape.data.path);
  },
};

const t = initTRPC.meta<ProcedureMeta>().context<CallContext>().create(TRPC_OPTIONS);

export const router = t.router;

/** The guards by the middlewares that hold them, for those who run a procedure without tRPC's chain of middlewares. */
const guards = new Map<unknown, Guard<object>>();

function guardedBy<Added extends object>(guard: Guard<Added>) {
  const middleware = t.middleware(({ ctx, path, type, meta, getRawInput, next }) =>
    guard({ ctx, path, type, meta, getRawInput }, async (added) => {
      const result = await next({ ctx: added });
      if (!result.ok) throw result.error;
      return result;
    }),
  );
  for (const each of middleware._middlewares) guards.set(each, guard as Guard<object>);
  return t.procedure.use(middleware);
}

/** A read for a known caller whose key has the scope of the procedure. */
export const procedure = guardedBy(asUser);

/** The same in one round trip, if it takes its rows through `ctx.gate`. */
export const gatedProcedure = guardedBy(asGatedUser);

/** A call that changes nothing that is kept, and is judged as a read is. */
export const signal = guardedBy(asSignaller);

/** A mutation for the holder of such a key. Who that is by then, `execute` loads with the state. */
export const command = guardedBy(asCommander);

/** The same for an API key or a one-time code alone, which is exchanged for something. */
export const exchange = guardedBy(asExchanger);

/** The same for a one-time code alone. */
export const redemption = guardedBy(asCodeHolder);

/** The same, but the bootstrap key can replace the API key. */
export const bootstrapCommand = guardedBy(asCommanderOrFounder);

/** What tRPC keeps of a procedure. */
interface Definition {
  type: Call["type"];
  meta: ProcedureMeta;
  inputs: readonly z.ZodType[];
  /** None of a subscription. */
  output: z.ZodType | undefined;
  middlewares: readonly unknown[];
  resolver(options: { ctx: object; input: unknown; signal: undefined }): unknown;
}

/** Runs a procedure for a call, whose input it reads only when the caller is known. */
export type Runner = (ctx: CallContext, readInput: () => unknown) => Promise<unknown>;

/**
 * Compiles a procedure for single calls: guard, input, resolver. tRPC's chain of middlewares does the same, and copies the
 * context for each of them.
 */
export function runnerOf(path: string, procedure: AnyProcedure): Runner {
  const { type, meta, inputs, output, middlewares, resolver } =
    procedure._def as unknown as Definition;
  const guard = guards.get(middlewares[0]);
  const [schema] = inputs;
  const parts = 1 + inputs.length + (output ? 1 : 0) + 1;
  if (!guard || inputs.length > 1 || middlewares.length !== parts) {
    throw new Error(`${path} has more than a guard, an input, an output and a resolver.`);
  }
  return (ctx, readInput) => {
    let raw: Promise<unknown> | undefined;
    const getRawInput = () => {
      raw ??= Promise.resolve(readInput());
      return raw;
    };
    return guard({ ctx, path, type, meta, getRawInput }, async (added) => {
      const input = schema && parsed(schema, await getRawInput());
      const answer = await resolver({ ctx: withAdded(ctx, added), input, signal: undefined });
      return output && ctx.checksAnswers ? requireExact(path, output, answer) : answer;
    });
  };
}

/** Refused as tRPC refuses it. */
function parsed(schema: z.ZodType, input: unknown): unknown {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new TRPCError({ code: "BAD_REQUEST", cause: result.error });
}

function withAdded(ctx: CallContext, added: object): object {
  return Object.assign(Object.create(Object.getPrototypeOf(ctx)), ctx, added);
}
