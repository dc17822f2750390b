import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Form } from "react-aria-components";
import { useDraft } from "../app/drafts.ts";
import { useFailureText } from "../app/failure.tsx";
import { useMe } from "../app/session.tsx";
import { Button } from "../kit/button.tsx";
import { Dialog, DialogBody, DialogFooter } from "../kit/dialog.tsx";
import { Field } from "../kit/field.tsx";

/** Canceling is final and needs a reason, which is kept until it is given. */
export function CancelDialog({
  isOpen,
  onOpenChange,
  count = 1,
  of = "many",
  explain,
  onCancel,
}: {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  count?: number;
  /** Of what the reason is a draft. */
  of?: string;
  /** Why it was not carried out, where more is known than the error says. */
  explain?: (error: unknown) => Promise<string>;
  onCancel: (reason: string) => Promise<unknown>;
}) {
  const { t } = useLingui();
  const me = useMe();
  const failureText = useFailureText();
  const [reason, setReason] = useDraft(`${me.id}.${of}.cancel`);
  const [error, setError] = useState<string | undefined>();
  const [pending, setPending] = useState(false);
  return (
    <Dialog
      title={count === 1 ? t`Cancel the request` : t`Cancel these requests`}
      isOpen={isOpen}
      onOpenChange={(next) => {
        setError(undefined);
        onOpenChange(next);
      }}
      role="alertdialog"
    >
      {(close) => (
        <Form
          // Errors do not hold up the next try: what was refused once may be allowed by then.
          validationBehavior="aria"
          validationErrors={error === undefined ? {} : { reason: error }}
          onSubmit={(event) => {
            event.preventDefault();
            if (reason.trim() === "") {
              setError(t`Say why. The requester reads it.`);
              return;
            }
            setPending(true);
            setError(undefined);
            onCancel(reason)
              .then(() => {
                setReason("");
                close();
              })
              .catch(async (thrown: unknown) => {
                setError(explain === undefined ? failureText(thrown) : await explain(thrown));
              })
              .finally(() => setPending(false));
          }}
        >
          <DialogBody>
            <p className="text-ink-2">
              <Plural
                value={count}
                one="This is final. The requester will see the reason."
                other="This is final for # requests. Their requesters will see the reason."
              />
            </p>
            <Field
              name="reason"
              label={t`Reason`}
              rows={3}
              isRequired
              autoFocus
              value={reason}
              onChange={setReason}
            />
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
