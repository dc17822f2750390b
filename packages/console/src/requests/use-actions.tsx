import { useLingui } from "@lingui/react/macro";
import type { ServiceRequest, ServiceRequestSummary } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, Suspense, useState } from "react";
import { mutations } from "../app/client.ts";
import { useHere } from "../app/here.ts";
import { useShortcuts } from "../app/shortcuts.tsx";
import { toast } from "../kit/toast.tsx";
import { type Command, useCommands } from "./commands.ts";
import { FailureNotice } from "./failure-notice.tsx";
import { useFieldWords } from "./field-words.tsx";
import { hold } from "./held.ts";
import { AssignDialog, CancelDialog } from "./lazy-dialogs.ts";
import { useEdit } from "./use-edit.ts";
import { useFailure } from "./use-failure.ts";

/** How long finishing is held back, in which it can be undone: it is final. */
const HOLD_MS = 5_000;

/** The commands that need no further word. */
type PlainAction = "claim" | "start" | "finish" | "release";

export interface Acts {
  commands: readonly Command[];
  run: (action: Command["action"]) => void;
  /** The one that is on its way. */
  pending: Command["action"] | undefined;
  edit: ReturnType<typeof useEdit>;
  /** Why the last one was not carried out; stands under the bar. */
  notice: ReactNode;
  /** What some of them ask first. */
  dialogs: ReactNode;
}

/**
 * The commands of the request that one is on: their keys, what they ask, what can be undone, and what became of them.
 * @param onClosed after a command that closes the request
 */
export function useActions(request: ServiceRequest, onClosed?: () => void): Acts {
  const { t, i18n } = useLingui();
  const commands = useCommands()(request);
  const failing = useFailure();
  const { failure, clear, fail, explain } = failing;
  const edit = useEdit(failing);
  const fieldWords = useFieldWords();
  const [asking, setAsking] = useState<"assign" | "cancel" | undefined>();
  const claim = useMutation(mutations.requests.claim());
  const start = useMutation(mutations.requests.start());
  const finish = useMutation(mutations.requests.finish());
  const release = useMutation(mutations.requests.release());
  const cancel = useMutation(mutations.requests.cancel());
  const all = { claim, start, finish, release };
  const { id } = request;

  const undo = (back: "claim" | "release", after: ServiceRequest) => ({
    label: t`Undo`,
    onPress: () => void plain(back, after),
  });
  const done = (action: PlainAction, after: ServiceRequest) => {
    if (action === "claim") toast(t`${id} is yours.`, undo("release", after));
    if (action === "release") toast(t`${id} is back in the queue.`, undo("claim", after));
  };
  const wishOf = (action: Command["action"]) => {
    const label = commands.find((one) => one.action === action)?.label;
    const words = label === undefined ? action : i18n._(label).replace("…", "");
    return {
      label: t`${words} anyway`,
      again: (fresh: ServiceRequest) =>
        isAsked(action) ? setAsking(action) : plain(action, fresh),
    };
  };
  const plain = async (action: PlainAction, on: ServiceRequestSummary) => {
    clear();
    try {
      done(action, await all[action].mutateAsync({ id, ifVersion: on.version }));
    } catch (error) {
      await fail(error, on, wishOf(action), action);
    }
  };
  const finishLater = () => {
    const send = async () => {
      try {
        await finish.mutateAsync({ id, ifVersion: request.version });
      } catch (error) {
        // By now one is at the next request: a toast finds them there.
        const why = await explain(error, request, wishOf("finish"), "finish");
        const reason = why.kind === "words" ? why.text : t`Somebody changed it meanwhile.`;
        toast(t`${id} is not finished. ${reason}`);
      }
    };
    const undoFinish = hold(id, () => void send(), HOLD_MS);
    if (undoFinish === undefined) return;
    toast(t`Finishing ${id} in a moment.`, { label: t`Undo`, onPress: undoFinish }, HOLD_MS);
    onClosed?.();
  };
  const words = (action: "assign" | "cancel") => async (error: unknown) => {
    const why = await explain(error, request, wishOf(action), action);
    if (why.kind === "words") return why.text;
    const names = why.changes.by.map(({ fullName }) => fullName).join(", ");
    const fields = Object.keys(why.changes.fields).map((field) => fieldWords.name(field));
    const changed = fields.join(", ").toLocaleLowerCase();
    return t`${names} changed it meanwhile: ${changed}. What you typed is still here; press again to do it anyway.`;
  };
  const close = (isOpen: boolean) => {
    if (!isOpen) setAsking(undefined);
  };
  const run = (action: Command["action"]) => {
    if (isAsked(action)) setAsking(action);
    else if (action === "finish") finishLater();
    else void plain(action, request);
  };

  useShortcuts(
    commands
      .filter(({ key, reason }) => key !== undefined && reason === undefined)
      .map(({ action, key, label }) => ({
        keys: `Key${key}`,
        label: i18n._(label),
        run: () => run(action),
      })),
  );
  useHere(
    id,
    commands.map(({ action, key, label, reason }) => ({
      id: action,
      label: i18n._(label),
      keys: key,
      reason,
      run: () => run(action),
    })),
  );

  return {
    commands,
    run,
    edit,
    pending: (Object.keys(all) as PlainAction[]).find((action) => all[action].isPending),
    notice: <FailureNotice failure={failure} onClose={clear} />,
    dialogs: (
      <Suspense>
        {asking === "cancel" ? (
          <CancelDialog
            isOpen
            onOpenChange={close}
            of={id}
            explain={words("cancel")}
            onCancel={async (reason) => {
              await cancel.mutateAsync({ id, ifVersion: request.version, reason });
              toast(t`${id} is canceled.`);
              onClosed?.();
            }}
          />
        ) : null}
        {asking === "assign" ? (
          <AssignDialog request={request} explain={words("assign")} isOpen onOpenChange={close} />
        ) : null}
      </Suspense>
    ),
  };
}

function isAsked(action: Command["action"]): action is "assign" | "cancel" {
  return action === "assign" || action === "cancel";
}
