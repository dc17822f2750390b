import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Form } from "react-aria-components";
import { Banner } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Dialog, DialogBody, DialogFooter } from "../../kit/dialog.tsx";
import { Field } from "../../kit/field.tsx";
import { useRefusalText } from "./refusal-text.ts";

/** Asks before something that cannot be undone. What the server would refuse is said before one tries. */
export function ConfirmDialog({
  title,
  act,
  typed,
  rehearsal,
  notices,
  isPending,
  onConfirm,
  onClose,
  children,
}: {
  title: string;
  /** The words of the button. */
  act: string;
  /** What has to be typed first. */
  typed?: string;
  /** The same command as a dry run. */
  rehearsal?: { key: readonly unknown[]; run: () => PromiseLike<unknown> };
  /** What came of the last try. */
  notices?: ReactNode;
  isPending: boolean;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const { t } = useLingui();
  const refusalText = useRefusalText();
  const [text, setText] = useState("");
  const rehearsed = useQuery({
    queryKey: ["rehearsal", ...(rehearsal?.key ?? [])],
    queryFn: async () => (await rehearsal?.run()) ?? null,
    enabled: rehearsal !== undefined,
    staleTime: 0,
    gcTime: 0,
  });
  const isTyped = typed === undefined || text.trim().toLowerCase() === typed.toLowerCase();
  return (
    <Dialog title={title} role="alertdialog" isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          if (isTyped && !rehearsed.isError) onConfirm();
        }}
      >
        {notices}
        {rehearsed.isError ? <Banner kind="bad">{refusalText(rehearsed.error)}</Banner> : null}
        <DialogBody>
          <div className="grid gap-2 text-pretty text-ink-2">{children}</div>
          {typed === undefined || rehearsed.isError ? null : (
            <Field
              label={t`Type ${typed} to confirm`}
              value={text}
              onChange={setText}
              autoFocus
              autoComplete="off"
              spellCheck="false"
            />
          )}
        </DialogBody>
        <DialogFooter>
          <Button kind="quiet" onPress={onClose}>
            <Trans>Keep it as it is</Trans>
          </Button>
          {rehearsed.isError ? null : (
            <Button type="submit" kind="danger" isDisabled={!isTyped} isPending={isPending}>
              {act}
            </Button>
          )}
        </DialogFooter>
      </Form>
    </Dialog>
  );
}
