import { Trans } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { Form } from "react-aria-components";
import { Dialog, DialogBody } from "../../kit/dialog.tsx";
import { FormFooter } from "../../kit/form-footer.tsx";
import { RefusalBanner } from "./notices.tsx";
import type { useFieldFaults } from "./use-field-faults.ts";

/** What the form of an item needs from the command that it asks for. */
export interface ItemFormProps<Input> {
  error: unknown;
  notices?: ReactNode;
  isPending: boolean;
  onSubmit: (input: Input) => void;
  onResetError: () => void;
  onClose: () => void;
}

/** The dialog in which one adds an item or edits one: a refusal is shown above the fields that it is not about. */
export function FormDialog({
  title,
  isNew,
  faults,
  unshown,
  isIncomplete = false,
  error,
  notices,
  isPending,
  onSubmit,
  onResetError,
  onClose,
  children,
}: Omit<ItemFormProps<never>, "onSubmit"> & {
  title: string;
  isNew: boolean;
  faults: ReturnType<typeof useFieldFaults>;
  /** The name of a field of which no input shows the faults. */
  unshown?: string;
  isIncomplete?: boolean;
  onSubmit: () => void;
  children: ReactNode;
}) {
  const isShown = faults !== null && (unshown === undefined || faults[unshown] === undefined);
  return (
    <Dialog title={title} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Form
        validationErrors={faults ?? {}}
        onSubmit={(event) => {
          event.preventDefault();
          if (!isIncomplete) onSubmit();
        }}
      >
        {notices}
        {isShown ? null : <RefusalBanner error={error} onClose={onResetError} />}
        <DialogBody>{children}</DialogBody>
        <FormFooter isDisabled={isIncomplete} isPending={isPending} onClose={onClose}>
          {isNew ? <Trans>Add</Trans> : <Trans>Save</Trans>}
        </FormFooter>
      </Form>
    </Dialog>
  );
}
