import { Trans, useLingui } from "@lingui/react/macro";
import type { ApiKeyWithSecret, IssueKeyInput, Scope } from "@serviceflow/sdk";
import { useState } from "react";
import { Form } from "react-aria-components";
import { sf } from "../../app/client.ts";
import { useMe } from "../../app/session.tsx";
import { Checkbox } from "../../kit/checkbox.tsx";
import { Dialog, DialogBody } from "../../kit/dialog.tsx";
import { Field, labelShape } from "../../kit/field.tsx";
import { FormFooter } from "../../kit/form-footer.tsx";
import { RefusalBanner } from "../admin/notices.tsx";
import { useCreate } from "../admin/use-create.ts";
import { useFieldFaults } from "../admin/use-field-faults.ts";
import { ExpiryChoice, inDays } from "./expiry-choice.tsx";
import type { KeyOwner } from "./key-owner.ts";
import { SCOPE_ORDER, SCOPE_WORDS } from "./scope-words.ts";
import { refreshKeys } from "./use-keys.ts";

/** Issues a key that acts as its owner. */
export function IssueKey({
  owner,
  onMade,
  onClose,
}: {
  owner: KeyOwner;
  onMade: (key: ApiKeyWithSecret) => void;
  onClose: () => void;
}) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const { fullName } = owner;
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["requests:read"]);
  const [expiresAt, setExpiresAt] = useState<string | undefined>(() => inDays(90));
  const issue = useCreate<IssueKeyInput, ApiKeyWithSecret>(
    (input, options) =>
      owner.id === me.id
        ? sf.apiKeys.issue(input, options)
        : sf.apiKeys.issueFor(owner.id, input, options),
    (made) => {
      refreshKeys();
      onMade(made);
    },
  );
  const faults = useFieldFaults(issue.error, ["name", "expiresAt"]);
  return (
    <Dialog
      title={owner.id === me.id ? t`Issue a key` : t`Issue a key for ${fullName}`}
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <Form
        validationErrors={faults ?? {}}
        onSubmit={(event) => {
          event.preventDefault();
          issue.mutate({
            name,
            scopes: SCOPE_ORDER.filter((scope) => scopes.includes(scope)),
            ...(expiresAt === undefined ? {} : { expiresAt }),
          });
        }}
      >
        {faults === null || faults.expiresAt !== undefined ? (
          <RefusalBanner error={issue.error} onClose={() => issue.reset()} />
        ) : null}
        <DialogBody>
          <Field
            name="name"
            label={t`What it is for`}
            placeholder={t`Printer watch`}
            value={name}
            onChange={setName}
            isRequired
            autoFocus
            autoComplete="off"
          />
          <fieldset className="grid gap-1.5">
            <legend className={`${labelShape} mb-1`}>
              <Trans>What it may do</Trans>
            </legend>
            {SCOPE_ORDER.map((scope) => {
              const may = me.callingKey.effectiveScopes.includes(scope);
              return (
                <Checkbox
                  key={scope}
                  isSelected={scopes.includes(scope)}
                  isDisabled={!may}
                  onChange={(on) =>
                    setScopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope))
                  }
                  className="items-start!"
                >
                  <span className={may ? "" : "text-ink-3"}>
                    <span className="font-medium">{i18n._(SCOPE_WORDS[scope].name)}</span>{" "}
                    <code className="font-mono text-12 text-ink-3">{scope}</code>
                    <span className="block text-12 text-ink-3">
                      {may
                        ? i18n._(SCOPE_WORDS[scope].means)
                        : t`Your own session may not do this.`}
                    </span>
                  </span>
                </Checkbox>
              );
            })}
          </fieldset>
          <ExpiryChoice onChange={setExpiresAt} />
        </DialogBody>
        <FormFooter isDisabled={scopes.length === 0} isPending={issue.isPending} onClose={onClose}>
          <Trans>Issue a key</Trans>
        </FormFooter>
      </Form>
    </Dialog>
  );
}
