import type { AppRouter } from "@serviceflow/server";
import { createTRPCClient, type TRPCClient, TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
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

/** tRPC's typed client on top of the sender. */
export function connect(sender: Sender): Call {
  const server = createTRPCClient<AppRouter>({ links: [senderLink(sender)] });
  async function run<T>(
    procedure: Procedure<T>,
    options: VersionedOptions,
  ): Promise<WithResponse<T>> {
    try {
      // senderLink returns the response metadata along with the data, which tRPC's types do not know.
      return (await procedure(server, { context: { options } })) as WithResponse<T>;
    } catch (error) {
      // tRPC wraps the error and cuts its stack; restarting the stack here leads back to the caller.
      const thrown = error instanceof TRPCClientError ? (error.cause ?? error) : error;
      if (thrown instanceof Error) Error.captureStackTrace?.(thrown);
      throw thrown;
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

function senderLink(sender: Sender): TRPCLink<AppRouter> {
  return () =>
    ({ op }) =>
      observable((observer) => {
        const { path, input } = op;
        const { options } = op.context as ProcedureContext["context"];
        const type = op.type === "query" ? "query" : "mutation";
        sender.send({ path, type, input, options }).then(
          (data) => {
            observer.next({ result: { data } });
            observer.complete();
          },
          (error) => observer.error(error),
        );
      });
}
