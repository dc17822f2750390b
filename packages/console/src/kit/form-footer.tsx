import { Trans } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { DialogFooter } from "./dialog.tsx";

/** The foot of a dialog that asks for something: the way out, and the command, which is the form’s unless it has its own. */
export function FormFooter({
  kind = "primary",
  isDisabled = false,
  isPending,
  onPress,
  onClose,
  children,
}: {
  kind?: "primary" | "danger";
  isDisabled?: boolean;
  isPending: boolean;
  onPress?: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <DialogFooter>
      <Button kind="quiet" onPress={onClose}>
        <Trans>Close</Trans>
      </Button>
      <Button
        kind={kind}
        isDisabled={isDisabled}
        isPending={isPending}
        {...(onPress === undefined ? { type: "submit" as const } : { onPress })}
      >
        {children}
      </Button>
    </DialogFooter>
  );
}
