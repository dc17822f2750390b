import { Trans, useLingui } from "@lingui/react/macro";
import { type CreateUserInput, ROLES, type Role, type UserKind } from "@serviceflow/sdk";
import { useState } from "react";
import { Form } from "react-aria-components";
import { queries, queryClient, sf } from "../../app/client.ts";
import { ROLE_WORDS } from "../../app/terms.ts";
import { Choice } from "../../kit/choice.tsx";
import { Dialog, DialogBody } from "../../kit/dialog.tsx";
import { Field } from "../../kit/field.tsx";
import { FormFooter } from "../../kit/form-footer.tsx";
import { Fact } from "../admin/facts.tsx";
import { RefusalBanner } from "../admin/notices.tsx";
import { SecretDialog } from "../admin/secret-dialog.tsx";
import { useCreate } from "../admin/use-create.ts";
import { useFieldFaults } from "../admin/use-field-faults.ts";
import { Invitation } from "./invitation.tsx";
import { type Welcome, welcomePerson, welcomeProgram } from "./welcome.ts";

/** Adds a person or a program, and shows once what they sign in with. */
export function CreatePerson({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useLingui();
  const [role, setRole] = useState<Role>("EMPLOYEE");
  const [kind, setKind] = useState<UserKind>("HUMAN");
  const [welcome, setWelcome] = useState<Welcome>();
  const create = useCreate<CreateUserInput, Welcome>(
    async (input, options) =>
      input.kind === "BOT"
        ? welcomeProgram(await sf.users.create(input, options))
        : welcomePerson(await sf.users.invite(input, options), location.origin),
    (made) => {
      setWelcome(made);
      void queryClient.invalidateQueries({ queryKey: queries.users.all() });
    },
  );
  const faults = useFieldFaults(create.error, ["fullName", "email"], {
    email_taken: ["email", t`Somebody has this address already.`],
  });

  if (welcome?.kind === "invitation") {
    const { person, secret, expiresAt } = welcome;
    return <Invitation person={person} link={secret} expiresAt={expiresAt} onClose={onClose} />;
  }
  if (welcome !== undefined) {
    const { person, secret } = welcome;
    const { fullName } = person;
    return (
      <SecretDialog
        title={t`First key of ${fullName}`}
        secret={secret}
        facts={
          <>
            <Fact name={t`Address`}>{person.email}</Fact>
            <Fact name={t`Role`}>{i18n._(ROLE_WORDS[person.role])}</Fact>
          </>
        }
        onClose={onClose}
      />
    );
  }
  return (
    <Dialog title={t`Add a person`} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Form
        validationErrors={faults ?? {}}
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          create.mutate({
            fullName: String(form.get("fullName")),
            email: String(form.get("email")),
            role,
            kind,
          });
        }}
      >
        {faults === null ? (
          <RefusalBanner error={create.error} onClose={() => create.reset()} />
        ) : null}
        <DialogBody>
          <Field name="fullName" label={t`Name`} isRequired autoFocus autoComplete="off" />
          <Field name="email" type="email" label={t`Address`} isRequired autoComplete="off" />
          <Choice
            label={t`Role`}
            value={role}
            onChange={setRole}
            options={[...ROLES].reverse().map((one) => ({
              value: one,
              label: i18n._(ROLE_WORDS[one]),
            }))}
          />
          <Choice
            label={t`Kind`}
            value={kind}
            onChange={setKind}
            options={[
              { value: "HUMAN", label: t`Person` },
              { value: "BOT", label: t`Program` },
            ]}
            hint={t`A program acts as itself and may file requests for others.`}
          />
          <p className="text-ink-2">
            {kind === "HUMAN" ? (
              <Trans>Next you get a link that signs them in, to send to them.</Trans>
            ) : (
              <Trans>Next you see the key that it signs in with.</Trans>
            )}
          </p>
        </DialogBody>
        <FormFooter isPending={create.isPending} onClose={onClose}>
          <Trans>Add</Trans>
        </FormFooter>
      </Form>
    </Dialog>
  );
}
