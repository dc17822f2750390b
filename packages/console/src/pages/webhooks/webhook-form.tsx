import { Trans, useLingui } from "@lingui/react/macro";
import type { EventType, Webhook } from "@serviceflow/sdk";
import { type ReactNode, useState } from "react";
import { Form } from "react-aria-components";
import { Checkbox } from "../../kit/checkbox.tsx";
import { Dialog, DialogBody } from "../../kit/dialog.tsx";
import { Field } from "../../kit/field.tsx";
import { FormFooter } from "../../kit/form-footer.tsx";
import { RefusalBanner } from "../admin/notices.tsx";
import { useFieldFaults } from "../admin/use-field-faults.ts";
import { EventChoice } from "./event-choice.tsx";

export interface WebhookInput {
  url: string;
  description: string;
  eventTypes: EventType[];
  includeInternal: boolean;
}

/** The fields of an endpoint, new or not. */
export function WebhookForm({
  webhook,
  error,
  notices,
  isPending,
  onSubmit,
  onResetError,
  onClose,
}: {
  /** Absent: a new one. */
  webhook?: Webhook;
  error: unknown;
  notices?: ReactNode;
  isPending: boolean;
  onSubmit: (input: WebhookInput) => void;
  onResetError: () => void;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [description, setDescription] = useState(webhook?.description ?? "");
  const [types, setTypes] = useState<readonly EventType[]>(webhook?.eventTypes ?? []);
  const [all, setAll] = useState(webhook === undefined || webhook.eventTypes.length === 0);
  const [includeInternal, setInternal] = useState(webhook?.includeInternal ?? false);
  const faults = useFieldFaults(error, ["url", "description"]);
  return (
    <Dialog
      title={webhook === undefined ? t`Add a webhook` : t`Edit the webhook`}
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <Form
        validationErrors={faults ?? {}}
        onSubmit={(event) => {
          event.preventDefault();
          if (!all && types.length === 0) return;
          onSubmit({
            url: url.trim(),
            description,
            eventTypes: all ? [] : [...types],
            includeInternal,
          });
        }}
      >
        {notices}
        {faults === null ? <RefusalBanner error={error} onClose={onResetError} /> : null}
        <DialogBody>
          <Field
            name="url"
            type="url"
            inputMode="url"
            label={t`Address of the endpoint`}
            placeholder="https://"
            hint={t`It receives a signed POST for each event.`}
            value={url}
            onChange={setUrl}
            isRequired
            autoFocus
            autoComplete="off"
          />
          <Field
            name="description"
            label={t`What it is for`}
            value={description}
            onChange={setDescription}
          />
          <EventChoice
            all={all}
            types={types}
            onChange={(nextAll, next) => {
              setAll(nextAll);
              setTypes(next);
            }}
          />
          <Checkbox isSelected={includeInternal} onChange={setInternal} className="items-start!">
            <span>
              <span className="font-medium">{t`Internal comments too`}</span>
              <span className="block text-12 text-ink-3">
                {t`The endpoint then receives what requesters do not see.`}
              </span>
            </span>
          </Checkbox>
        </DialogBody>
        <FormFooter isDisabled={!all && types.length === 0} isPending={isPending} onClose={onClose}>
          {webhook === undefined ? <Trans>Add</Trans> : <Trans>Save</Trans>}
        </FormFooter>
      </Form>
    </Dialog>
  );
}
