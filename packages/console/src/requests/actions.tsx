import { Trans, useLingui } from "@lingui/react/macro";
import type { ServiceRequest } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { mutations } from "../app/client.ts";
import { FailureBanner } from "../app/failure.tsx";
import { useShortcuts } from "../app/shortcuts.tsx";
import { Button, RefusedButton } from "../kit/button.tsx";
import { cx } from "../kit/cx.ts";
import { toast } from "../kit/toast.tsx";
import { AssignDialog } from "./assign-dialog.tsx";
import { CancelDialog } from "./cancel-dialog.tsx";
import { type Command, type PlainAction, useCommand, useCommands } from "./commands.ts";

/** How long finishing is held back, in which it can be undone: it is final. */
const HOLD_MS = 5_000;

/** The commands of a request, always in the same order; those refused now say why. */
export function Actions({
  request,
  layout,
  onFinished,
}: {
  request: ServiceRequest;
  layout: "row" | "column";
  /** After a command that closes the request. */
  onFinished?: (() => void) | undefined;
}) {
  const { t, i18n } = useLingui();
  const commands = useCommands()(request);
  const command = useCommand();
  const cancel = useMutation(mutations.requests.cancel());
  const [asking, setAsking] = useState<"assign" | "cancel" | undefined>();
  const [error, setError] = useState<unknown>();

  const finish = () => {
    const { id } = request;
    const timer = setTimeout(() => command.run("finish", request).catch(setError), HOLD_MS);
    toast(
      t`Finishing ${id} in a moment.`,
      { label: t`Undo`, onPress: () => clearTimeout(timer) },
      HOLD_MS,
    );
    onFinished?.();
  };
  const run = (action: Command["action"]) => {
    setError(undefined);
    if (action === "assign" || action === "cancel") setAsking(action);
    else if (action === "finish") finish();
    else void command.run(action as PlainAction, request).catch(setError);
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

  if (request.closedAt !== null) {
    return layout === "row" ? null : (
      <p className="text-12 text-ink-3">
        <Trans>The request is closed.</Trans>
      </p>
    );
  }
  const first = commands.find(({ reason }) => reason === undefined)?.action;
  return (
    <div
      className={cx(
        "gap-1.5",
        layout === "row" ? "flex flex-wrap items-center" : "grid *:w-full *:justify-between",
      )}
    >
      {error === undefined ? null : (
        <FailureBanner error={error} onClose={() => setError(undefined)} />
      )}
      {commands.map(({ action, label, key, reason }) =>
        reason === undefined ? (
          <Button
            key={action}
            kind={layout === "row" && action === first && action !== "cancel" ? "primary" : "plain"}
            {...(key === undefined ? {} : { keys: key })}
            isPending={command.isPending}
            onPress={() => run(action)}
          >
            {i18n._(label)}
          </Button>
        ) : layout === "row" ? null : (
          <RefusedButton key={action} reason={reason}>
            {i18n._(label)}
          </RefusedButton>
        ),
      )}
      <CancelDialog
        isOpen={asking === "cancel"}
        onOpenChange={(isOpen) => setAsking(isOpen ? "cancel" : undefined)}
        onCancel={async (reason) => {
          await cancel.mutateAsync({ id: request.id, ifVersion: request.version, reason });
          onFinished?.();
        }}
      />
      <AssignDialog
        request={request}
        isOpen={asking === "assign"}
        onOpenChange={(isOpen) => setAsking(isOpen ? "assign" : undefined)}
      />
    </div>
  );
}
