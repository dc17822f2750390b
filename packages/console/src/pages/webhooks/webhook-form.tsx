import { useLingui } from "@lingui/react/macro";
import type { EventType, Webhook } from "@serviceflow/sdk";
import { useState } from "react";
import { Checkbox } from "../../kit/checkbox.tsx";
import { Field } from "../../kit/field.tsx";
import { FormDialog, type ItemFormProps } from "../admin/form-dialog.tsx";
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
  onSubmit,
  ...frame
}: ItemFormProps<WebhookInput> & {
  /** Absent: a new one. */
  webhook?: Webhook;
}) {
  const { t } = useLingui();
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [description, setDescription] = useState(webhook?.description ?? "");
  const [types, setTypes] = useState<readonly EventType[]>(webhook?.eventTypes ?? []);
  const [all, setAll] = useState(webhook === undefined || webhook.eventTypes.length === 0);
  const [includeInternal, setInternal] = useState(webhook?.includeInternal ?? false);
  const faults = useFieldFaults(frame.error, ["url", "description"]);
  return (
    <FormDialog
      {...frame}
      title={webhook === undefined ? t`Add a webhook` : t`Edit the webhook`}
      isNew={webhook === undefined}
      faults={faults}
      isIncomplete={!all && types.length === 0}
      onSubmit={() =>
        onSubmit({
          url: url.trim(),
          description,
          eventTypes: all ? [] : [...types],
          includeInternal,
        })
      }
    >
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
    </FormDialog>
  );
}
