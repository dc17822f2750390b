import type { AppRouter } from "@serviceflow/server";
import { createTRPCClient, type TRPCClient, TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { type ApiPromise, CallPromise, type WithResponse } from "./api-promise.ts";
import type { VersionedOptions } from "./call-options.ts";
import type { Sender } from "./sender.ts";

/** Calls a procedure of the server: `call((server, sent) => server.users.me.query(undefined, sent), options)`. */
export type Call = <T>(
  procedure: (server: TRPCClient<AppRouter>, sent: Sent) => Promise<T>,
  options: VersionedOptions | undefined,
) => ApiPromise<T>;

/** How a call's options reach the sender through tRPC's client. */
interface Sent {
  context: { options: VersionedOptions };
}

/** tRPC's typed client, with everything that is sent going through the sender. */
export function connect(sender: Sender): Call {
  const server = createTRPCClient<AppRouter>({ links: [sendThrough(sender)] });
  async function run<T>(
    procedure: (server: TRPCClient<AppRouter>, sent: Sent) => Promise<T>,
    options: VersionedOptions,
  ): Promise<WithResponse<T>> {
    try {
      // The link hands over what came with the data as well.
      return (await procedure(server, { context: { options } })) as WithResponse<T>;
    } catch (error) {
      // tRPC wraps what its link threw, and ends the stack there; from here it leads to who called.
      const thrown = error instanceof TRPCClientError ? (error.cause ?? error) : error;
      if (thrown instanceof Error) Error.captureStackTrace?.(thrown);
      throw thrown;
    }
  }
  return (procedure, options = {}) => new CallPromise(run(procedure, options));
}

function sendThrough(sender: Sender): TRPCLink<AppRouter> {
  return () =>
    ({ op }) =>
      observable((observer) => {
        const { path, input } = op;
        const { options } = op.context as Sent["context"];
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
