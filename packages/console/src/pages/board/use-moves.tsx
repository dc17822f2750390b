import { useLingui } from "@lingui/react/macro";
import { ServiceFlowError, type ServiceRequestSummary, type Status } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, Suspense, useState } from "react";
import { mutations, queries, queryClient, sf } from "../../app/client.ts";
import { useFailureText } from "../../app/failure.tsx";
import { toast } from "../../kit/toast.tsx";
import { hold } from "../../requests/held.ts";
import { CancelDialog } from "../../requests/lazy-dialogs.ts";
import { useRefusal } from "../../requests/refusal.ts";
import { MOVE_TO, type Move } from "./moves.ts";

/** How long finishing is held back, in which it can be undone: it is final. */
const HOLD_MS = 5_000;

export interface Moves {
  /** What a column says of the card that is moving: why not, or what dropping it does. */
  verdict: (request: ServiceRequestSummary, to: Status) => { may: boolean; words: string };
  drop: (request: ServiceRequestSummary, to: Status) => void;
  /** Finished in a moment, unless it is undone. */
  held: ReadonlySet<string>;
  /** Whether a dialog is open. */
  isAsking: boolean;
  dialogs: ReactNode;
}

/** Moves cards by the commands that the domain has for them. */
export function useMoves(): Moves {
  const { t } = useLingui();
  const refusal = useRefusal();
  const failureText = useFailureText();
  const start = useMutation(mutations.requests.start());
  const finish = useMutation(mutations.requests.finish());
  const cancel = useMutation(mutations.requests.cancel());
  const [canceling, setCanceling] = useState<ServiceRequestSummary | undefined>();
  const [held, setHeld] = useState<ReadonlySet<string>>(new Set());

  const reasonOf = (move: Move, request: ServiceRequestSummary) => {
    const reason = refusal(move, request);
    return reason === "never" ? t`Your role may not do this.` : reason;
  };

  const verdict: Moves["verdict"] = (request, to) => {
    const move = MOVE_TO[to];
    if (move === undefined) {
      return {
        may: false,
        words:
          request.status === "IN_PROGRESS"
            ? t`Work has started; it can’t go back to New.`
            : t`The request is closed.`,
      };
    }
    const reason = reasonOf(move, request);
    if (reason !== null) return { may: false, words: reason };
    const words = {
      start: request.assignee === null ? t`Drop to claim and start.` : t`Drop to start.`,
      finish: t`Drop to finish. Final after 5 seconds.`,
      cancel: t`Drop to cancel. You’ll give a reason.`,
    }[move];
    return { may: true, words };
  };

  /** The rule that refuses the request as it is by now, in the reader's language. */
  const whyNot = async (move: Move, id: string, error: unknown): Promise<string> => {
    const status = ServiceFlowError.is(error) ? error.status : undefined;
    if (status !== 403 && status !== 409 && status !== 412) return failureText(error);
    void queryClient.invalidateQueries({ queryKey: queries.requests.all() });
    const now = await sf.requests.get(id).catch(() => undefined);
    if (now === undefined) return failureText(error);
    return reasonOf(move, now) ?? t`It was changed meanwhile.`;
  };
  const carryOut = async (move: "start" | "finish", { id, version }: ServiceRequestSummary) => {
    try {
      await { start, finish }[move].mutateAsync({ id, ifVersion: version });
    } catch (error) {
      const reason = await whyNot(move, id, error);
      toast(t`${id} was not moved. ${reason}`);
    }
  };
  const letGo = (id: string) =>
    setHeld((before) => new Set([...before].filter((other) => other !== id)));
  const finishLater = (request: ServiceRequestSummary) => {
    const { id } = request;
    const undo = hold(id, () => void carryOut("finish", request).finally(() => letGo(id)), HOLD_MS);
    if (undo === undefined) return;
    setHeld((before) => new Set([...before, id]));
    const onUndo = () => {
      undo();
      letGo(id);
    };
    toast(t`Finishing ${id} in a moment.`, { label: t`Undo`, onPress: onUndo }, HOLD_MS);
  };

  return {
    verdict,
    held,
    isAsking: canceling !== undefined,
    drop: (request, to) => {
      const move = MOVE_TO[to];
      if (move === "start") void carryOut(move, request);
      else if (move === "finish") finishLater(request);
      else if (move === "cancel") setCanceling(request);
    },
    dialogs: (
      <Suspense>
        {canceling === undefined ? null : (
          <CancelDialog
            isOpen
            onOpenChange={(isOpen) => {
              if (!isOpen) setCanceling(undefined);
            }}
            of={canceling.id}
            explain={(error) => whyNot("cancel", canceling.id, error)}
            onCancel={async (reason) => {
              const { id, version } = canceling;
              await cancel.mutateAsync({ id, ifVersion: version, reason });
              toast(t`${id} is canceled.`);
            }}
          />
        )}
      </Suspense>
    ),
  };
}
