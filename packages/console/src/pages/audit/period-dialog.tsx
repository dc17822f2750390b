import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Form } from "react-aria-components";
import { Button } from "../../kit/button.tsx";
import { Dialog, DialogBody, DialogFooter } from "../../kit/dialog.tsx";
import { Field } from "../../kit/field.tsx";

/** The first and the last day that are shown; either may be open. */
export function PeriodDialog({
  from,
  to,
  onChoose,
  onClose,
}: {
  from: string | undefined;
  to: string | undefined;
  onChoose: (period: { from: string | undefined; to: string | undefined }) => void;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const [first, setFirst] = useState(from ?? "");
  const [last, setLast] = useState(to ?? "");
  const wrong = first !== "" && last !== "" && last < first;
  return (
    <Dialog title={t`From day to day`} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Form
        validationErrors={wrong ? { to: t`The last day is before the first.` } : {}}
        onSubmit={(event) => {
          event.preventDefault();
          if (wrong) return;
          onChoose({
            from: first === "" ? undefined : first,
            to: last === "" ? undefined : last,
          });
        }}
      >
        <DialogBody>
          <div className="grid gap-3 tablet:grid-cols-2">
            <Field
              name="from"
              type="date"
              label={t`First day`}
              value={first}
              onChange={setFirst}
              autoFocus
            />
            <Field name="to" type="date" label={t`Last day`} value={last} onChange={setLast} />
          </div>
        </DialogBody>
        <DialogFooter>
          <Button kind="quiet" onPress={onClose}>
            <Trans>Close</Trans>
          </Button>
          <Button type="submit" kind="primary">
            <Trans>Show</Trans>
          </Button>
        </DialogFooter>
      </Form>
    </Dialog>
  );
}
