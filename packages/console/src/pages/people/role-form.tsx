import { Trans, useLingui } from "@lingui/react/macro";
import { ROLES, type Role, type User } from "@serviceflow/sdk";
import { type ReactNode, useState } from "react";
import { Form } from "react-aria-components";
import { sf } from "../../app/client.ts";
import { useMe } from "../../app/session.tsx";
import { ROLE_WORDS } from "../../app/terms.ts";
import { Choice } from "../../kit/choice.tsx";
import { Dialog, DialogBody } from "../../kit/dialog.tsx";
import { FormFooter } from "../../kit/form-footer.tsx";
import type { useChange } from "../admin/use-change.ts";

export interface PersonFormProps {
  person: User;
  change: ReturnType<typeof useChange<User>>;
  /** What came of the last try; `words` are said when a repeated one is made. */
  notices: (words: string) => ReactNode;
  onDone: (words: string) => void;
  onClose: () => void;
}

/** Gives a person another role. */
export function RoleForm({ person, change, notices, onDone, onClose }: PersonFormProps) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const [role, setRole] = useState<Role>(person.role);
  const { fullName } = person;
  const roleWords = i18n._(ROLE_WORDS[role]);
  const done = t`${fullName}: ${roleWords}.`;
  const loses = person.role === "ADMIN" && role !== "ADMIN";
  return (
    <Dialog title={t`Role of ${fullName}`} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          if (role === person.role) onClose();
          else {
            void change
              .run(person, (one, options) => sf.users.changeRole(one.id, role, options))
              .then((made) => made && onDone(done));
          }
        }}
      >
        {notices(done)}
        <DialogBody>
          <Choice
            label={t`Role`}
            value={role}
            onChange={setRole}
            options={[...ROLES].reverse().map((one) => ({
              value: one,
              label: i18n._(ROLE_WORDS[one]),
            }))}
          />
          <p className="text-ink-2">
            {role === "ADMIN" ? (
              <Trans>
                Works on all requests, and manages people, keys, categories, webhooks and the audit
                log.
              </Trans>
            ) : role === "AGENT" ? (
              <Trans>Works on requests of everybody.</Trans>
            ) : (
              <Trans>Files requests and sees only those that concern them.</Trans>
            )}
          </p>
          {loses ? (
            <p className="text-danger">
              {person.id === me.id ? (
                <Trans>
                  This is you: you lose these pages at once, and only another administrator can give
                  them back. Your webhooks are disabled.
                </Trans>
              ) : (
                <Trans>Webhooks this person owns are disabled.</Trans>
              )}
            </p>
          ) : null}
        </DialogBody>
        <FormFooter
          isDisabled={role === person.role}
          isPending={change.isPending}
          onClose={onClose}
        >
          <Trans>Change the role</Trans>
        </FormFooter>
      </Form>
    </Dialog>
  );
}
