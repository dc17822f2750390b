import type { AppRouter } from "@serviceflow/server";
import type { TRPCClient } from "@trpc/client";
import { type ApiPromise, CallPromise, type WithResponse } from "./api-promise.ts";
import type { VersionedOptions } from "./call-options.ts";
import type { Sender } from "./sender.ts";

type Procedure<T> = (server: TRPCClient<AppRouter>, context: ProcedureContext) => Promise<T>;

/**
 * Calls a procedure: `call((server, context) => server.users.me.query(undefined, context), options)`. `read` makes the
 * result of what was answered; the procedure's own promise holds more than its type says.
 */
export interface Call {
  <T>(procedure: Procedure<T>, options: VersionedOptions | undefined): ApiPromise<T>;
  <T, Result>(
    procedure: Procedure<T>,
    options: VersionedOptions | undefined,
    read: (answer: T) => Result,
  ): ApiPromise<Result>;
}

/** Carries a call's options through tRPC's client to the sender. */
interface ProcedureContext {
  context: { options: VersionedOptions };
}

/** Calls by the types of tRPC's client, on top of the sender. */
export function connect(sender: Sender): Call {
  const server = procedures(sender, []) as TRPCClient<AppRouter>;
  async function run<T>(
    procedure: Procedure<T>,
    options: VersionedOptions,
  ): Promise<WithResponse<T>> {
    try {
      // The sender returns the response metadata along with the data, which tRPC's types do not know.
      return (await procedure(server, { context: { options } })) as WithResponse<T>;
    } catch (error) {
      // Restarting the stack here leads back to the caller.
      if (error instanceof Error) Error.captureStackTrace?.(error);
      throw error;
    }
  }
  return <T>(
    procedure: Procedure<T>,
    options: VersionedOptions = {},
    read: (answer: T) => unknown = (answer) => answer,
  ) => {
    const answered = run(procedure, options);
    return new CallPromise(
      answered.then(({ data, response }) => ({ data: read(data) as never, response })),
    );
  };
}

/** What tRPC's client does at run time with one link, without its 3 KB of links and subscriptions. */
function procedures(sender: Sender, path: readonly string[]): unknown {
  return new Proxy(() => {}, {
    get: (_, name) => procedures(sender, [...path, String(name)]),
    apply: (_, __, [input, { context }]: [unknown, ProcedureContext]) =>
      sender.send({
        path: path.slice(0, -1).join("."),
        type: path.at(-1) === "query" ? "query" : "mutation",
        input,
        options: context.options,
      }),
  });
}
