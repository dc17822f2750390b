import { useLingui } from "@lingui/react/macro";
import {
  type BulkCallOptions,
  bulk,
  ServiceFlowError,
  type ServiceRequestSummary,
} from "@serviceflow/sdk";
import { useState } from "react";
import { queries, queryClient, sf } from "../../app/client.ts";
import { useFailureText } from "../../app/failure.tsx";
import { useRefusal } from "../../requests/refusal.ts";

export type BulkAction = "claim" | "cancel" | "release";

/** What became of one request. */
export interface Result {
  id: string;
  title: string;
  /** Why it was refused; absent: it is done. */
  reason?: string;
  /** As it is now; for what can be undone. */
  version?: number;
}

export interface Outcome {
  action: BulkAction;
  results: readonly Result[];
}

/** One command on many requests: each is a call of its own, on the version that was shown, and answers for itself. */
export function useBulk() {
  const { t } = useLingui();
  const refusal = useRefusal();
  const failureText = useFailureText();
  const [progress, setProgress] = useState<{ done: number; of: number } | undefined>();
  const words = (action: BulkAction, request: ServiceRequestSummary) => {
    const reason = refusal(action, request);
    return reason === "never" ? t`Your role may not do this.` : reason;
  };

  async function one(
    action: BulkAction,
    request: ServiceRequestSummary,
    cancelReason: string,
    options: BulkCallOptions,
  ): Promise<Result> {
    const { id, title } = request;
    const refused = words(action, request);
    if (refused !== null) return { id, title, reason: refused };
    const asShown = { ...options, ifUnchanged: true };
    try {
      const after =
        action === "cancel"
          ? await sf.requests.cancel(request, { reason: cancelReason }, asShown)
          : await sf.requests[action](request, asShown);
      return { id, title, version: after.version };
    } catch (error) {
      return { id, title, reason: (await whyNow(action, id, error)) ?? failureText(error) };
    }
  }

  /** The rule that refuses the request as it is by now, in the reader's language. */
  async function whyNow(action: BulkAction, id: string, error: unknown): Promise<string | null> {
    const status = ServiceFlowError.is(error) ? error.status : undefined;
    if (status !== 403 && status !== 409 && status !== 412) return null;
    const now = await sf.requests.get(id).catch(() => undefined);
    if (now === undefined) return null;
    return words(action, now) ?? t`It was changed meanwhile.`;
  }

  return {
    progress,
    reasonOf: words,
    async run(
      action: BulkAction,
      requests: readonly ServiceRequestSummary[],
      cancelReason = "",
    ): Promise<Outcome> {
      setProgress({ done: 0, of: requests.length });
      const ended = await bulk(
        requests,
        (request, options) => one(action, request, cancelReason, options),
        { onResult: ({ done, total }) => setProgress({ done, of: total }) },
      );
      setProgress(undefined);
      void queryClient.invalidateQueries({ queryKey: queries.requests.all() });
      return { action, results: ended.flatMap(({ value }) => value ?? []) };
    },
  };
}
