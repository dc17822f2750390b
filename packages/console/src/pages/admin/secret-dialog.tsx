import { Trans, useLingui } from "@lingui/react/macro";
import { type ReactNode, useState } from "react";
import { Button } from "../../kit/button.tsx";
import { Checkbox } from "../../kit/checkbox.tsx";
import { Dialog, DialogBody, DialogFooter } from "../../kit/dialog.tsx";
import { CopyButton } from "./copy-button.tsx";
import { Facts } from "./facts.tsx";

/**
 * Shows a secret once. It lives in the memory of the page alone, and goes with this dialog; so the dialog does not close by
 * chance.
 */
export function SecretDialog({
  title,
  secret,
  explain,
  facts,
  undo,
  onClose,
}: {
  title: string;
  secret: string;
  /** Why it is shown now; by default that of a hashed secret. */
  explain?: string;
  /** What belongs to it, as facts. */
  facts?: ReactNode;
  /** The way back, such as revoking it. */
  undo?: ReactNode;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const [stored, setStored] = useState(false);
  return (
    <Dialog title={title} isOpen mustAnswer onOpenChange={(isOpen) => !isOpen && onClose()}>
      <DialogBody>
        <p className="text-ink-2">
          {explain ?? t`Copy it now. Only a hash is stored, so it cannot be shown again.`}
        </p>
        <div className="flex items-center gap-2 rounded-4 border border-line-strong bg-ground py-2 pr-1.5 pl-3">
          <code className="min-w-0 grow font-mono text-12 break-all select-all" translate="no">
            {secret}
          </code>
          <CopyButton text={secret} />
        </div>
        {facts === undefined ? null : <Facts>{facts}</Facts>}
        <Checkbox isSelected={stored} onChange={setStored}>
          {t`I have stored it`}
        </Checkbox>
      </DialogBody>
      <DialogFooter>
        {undo}
        <Button kind="primary" isDisabled={!stored} onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
