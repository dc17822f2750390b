import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { Form } from "react-aria-components";
import { sf } from "../../app/client.ts";
import { Dialog, DialogBody } from "../../kit/dialog.tsx";
import { Field } from "../../kit/field.tsx";
import { FormFooter } from "../../kit/form-footer.tsx";
import { useFieldFaults } from "../admin/use-field-faults.ts";
import type { PersonFormProps } from "./role-form.tsx";

const FIELDS = ["fullName", "email", "locale", "timeZone"];

/** Corrects a person’s name and address, and how they are written to. */
export function EditPerson({ person, change, notices, onDone, onClose }: PersonFormProps) {
  const { t } = useLingui();
  const [fullName, setFullName] = useState(person.fullName);
  const [email, setEmail] = useState(person.email);
  const [locale, setLocale] = useState(person.locale ?? "");
  const [timeZone, setTimeZone] = useState(person.timeZone ?? "");
  const faults = useFieldFaults(change.error, FIELDS, {
    email_taken: ["email", t`Somebody has this address already.`],
  });
  const done = t`${fullName} is saved.`;
  const orNull = (text: string) => (text.trim() === "" ? null : text.trim());
  // What was not touched is not sent, so that it does not undo what others change.
  const patch = {
    ...(fullName === person.fullName ? {} : { fullName }),
    ...(email === person.email ? {} : { email }),
    ...(orNull(locale) === person.locale ? {} : { locale: orNull(locale) }),
    ...(orNull(timeZone) === person.timeZone ? {} : { timeZone: orNull(timeZone) }),
  };
  return (
    <Dialog
      title={t`Edit ${person.fullName}`}
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <Form
        validationErrors={faults ?? {}}
        onSubmit={(event) => {
          event.preventDefault();
          if (Object.keys(patch).length === 0) onClose();
          else {
            void change
              .run(person, (one, options) => sf.users.update(one.id, patch, options))
              .then((made) => made && onDone(done));
          }
        }}
      >
        {faults === null ? notices(done) : null}
        <DialogBody>
          <Field
            name="fullName"
            label={t`Name`}
            value={fullName}
            onChange={setFullName}
            isRequired
            autoFocus
          />
          <Field
            name="email"
            type="email"
            label={t`Address`}
            value={email}
            onChange={setEmail}
            isRequired
          />
          <div className="grid gap-3 tablet:grid-cols-2">
            <Field
              name="locale"
              label={t`Language`}
              hint={t`A language tag such as en or ru; may be empty`}
              value={locale}
              onChange={setLocale}
            />
            <Field
              name="timeZone"
              label={t`Time zone`}
              hint={t`Such as Europe/Berlin; may be empty`}
              value={timeZone}
              onChange={setTimeZone}
            />
          </div>
        </DialogBody>
        <FormFooter isPending={change.isPending} onClose={onClose}>
          <Trans>Save</Trans>
        </FormFooter>
      </Form>
    </Dialog>
  );
}
