import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Form } from "react-aria-components";
import { useFailureText } from "../app/failure.tsx";
import { Button } from "../kit/button.tsx";
import { Dialog, DialogBody, DialogFooter } from "../kit/dialog.tsx";
import { Field } from "../kit/field.tsx";

/** Canceling is final and needs a reason. */
export function CancelDialog({
  isOpen,
  onOpenChange,
  count = 1,
  onCancel,
}: {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  count?: number;
  onCancel: (reason: string) => Promise<unknown>;
}) {
  const { t } = useLingui();
  const failureText = useFailureText();
  const [error, setError] = useState<unknown>();
  const [pending, setPending] = useState(false);
  return (
    <Dialog
      title={count === 1 ? t`Cancel the request` : t`Cancel these requests`}
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      role="alertdialog"
    >
      {(close) => (
        <Form
          validationErrors={error === undefined ? {} : { reason: failureText(error) }}
          onSubmit={(event) => {
            event.preventDefault();
            const reason = String(new FormData(event.currentTarget).get("reason") ?? "");
            setPending(true);
            setError(undefined);
            onCancel(reason)
              .then(close, setError)
              .finally(() => setPending(false));
          }}
        >
          <DialogBody>
            <p className="text-ink-2">
              <Plural
                value={count}
                one="This is final. Whoever filed it will see the reason."
                other="This is final for # requests. Whoever filed them will see the reason."
              />
            </p>
            <Field name="reason" label={t`Reason`} rows={3} isRequired autoFocus />
          </DialogBody>
          <DialogFooter>
            <Button kind="quiet" onPress={close}>
              <Trans>Keep it</Trans>
            </Button>
            <Button type="submit" kind="danger" isPending={pending}>
              <Plural value={count} one="Cancel the request" other="Cancel # requests" />
            </Button>
          </DialogFooter>
        </Form>
      )}
    </Dialog>
  );
}
