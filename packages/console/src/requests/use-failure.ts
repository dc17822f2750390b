import {
  ServiceFlowError,
  type ServiceRequest,
  type ServiceRequestSummary,
} from "@serviceflow/sdk";
import { useState } from "react";
import { queries, queryClient, sf } from "../app/client.ts";
import { useFailureText } from "../app/failure.tsx";
import { changesSince, type OthersChanges } from "./conflict.ts";
import { useRefusal } from "./refusal.ts";

/** What one wanted when somebody else was first. */
export interface Wish {
  /** The command again, as its button says it: "Set to Urgent anyway". */
  label: string;
  /** What one wanted of fields. */
  fields?: Readonly<Record<string, unknown>>;
  again: (fresh: ServiceRequest) => void;
}

/** A command that was not carried out: in words, or as what others have changed meanwhile. */
export type Failure =
  | { kind: "words"; text: string }
  | { kind: "conflict"; changes: OthersChanges; fresh: ServiceRequest; wish: Wish };

const REFUSED = new Set([403, 409]);

/** Turns the error of a command into what a person needs to go on, with the request as it is now. */
export function useFailure() {
  const failureText = useFailureText();
  const refusal = useRefusal();
  const [failure, setFailure] = useState<Failure | undefined>();

  async function explain(
    error: unknown,
    before: ServiceRequestSummary,
    wish: Wish,
    action?: Parameters<typeof refusal>[0],
  ): Promise<Failure> {
    const words: Failure = { kind: "words", text: failureText(error) };
    if (!ServiceFlowError.is(error) || error.status === undefined) return words;
    const { status } = error;
    if (status !== 412 && !REFUSED.has(status)) return words;
    try {
      const get = { ...queries.requests.get(before.id), staleTime: 0 };
      const fresh = await queryClient.fetchQuery(get);
      if (status !== 412) {
        const reason = action === undefined ? null : refusal(action, fresh);
        return reason === null || reason === "never" ? words : { kind: "words", text: reason };
      }
      const history = await sf.requests.history(before.id, { limit: 50 });
      const changes = changesSince(history.items, before.updatedAt);
      return { kind: "conflict", changes, fresh, wish };
    } catch {
      return words;
    }
  }

  return {
    failure,
    clear: () => setFailure(undefined),
    show: setFailure,
    fail: async (...args: Parameters<typeof explain>) => setFailure(await explain(...args)),
    explain,
  };
}
