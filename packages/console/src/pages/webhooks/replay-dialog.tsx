import { Trans, useLingui } from "@lingui/react/macro";
import type { Webhook } from "@serviceflow/sdk";
import { useState } from "react";
import { Form } from "react-aria-components";
import { sf } from "../../app/client.ts";
import { Choice } from "../../kit/choice.tsx";
import { Dialog, DialogBody } from "../../kit/dialog.tsx";
import { Field } from "../../kit/field.tsx";
import { FormFooter } from "../../kit/form-footer.tsx";
import { toast } from "../../kit/toast.tsx";
import { RefusalBanner } from "../admin/notices.tsx";
import { useCreate } from "../admin/use-create.ts";
import { useFieldFaults } from "../admin/use-field-faults.ts";
import { refreshWebhooks } from "./refresh-webhooks.ts";

type From = "after" | "start" | "now";

/** Delivers again all events after a position of the feed, or skips what waits. */
export function ReplayDialog({
  webhook,
  after,
  onClose,
}: {
  webhook: Webhook;
  /** The position of an event that one comes from. */
  after?: string;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const [from, setFrom] = useState<From>("after");
  const [cursor, setCursor] = useState(after ?? "");
  const replay = useCreate<{ after: string }, Webhook>(
    (input, options) => sf.webhooks.replay(webhook.id, input, options),
    () => {
      refreshWebhooks();
      toast(from === "now" ? t`What waited is skipped.` : t`The events are delivered again.`);
      onClose();
    },
  );
  const faults = useFieldFaults(replay.error, ["after"]);
  return (
    <Dialog title={t`Deliver events again`} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Form
        validationErrors={faults ?? {}}
        onSubmit={(event) => {
          event.preventDefault();
          replay.mutate({ after: from === "after" ? cursor.trim() : from });
        }}
      >
        {faults === null ? (
          <RefusalBanner error={replay.error} onClose={() => replay.reset()} />
        ) : null}
        <DialogBody>
          <Choice
            label={t`Which events`}
            value={from}
            onChange={setFrom}
            options={[
              { value: "after", label: t`After a position` },
              { value: "start", label: t`From the beginning` },
              { value: "now", label: t`None that wait` },
            ]}
          />
          {from === "after" ? (
            <Field
              name="after"
              label={t`Position in the feed`}
              hint={t`The cursor of an event. That event itself is not sent.`}
              value={cursor}
              onChange={setCursor}
              isRequired
              inputClassName="font-mono text-12"
            />
          ) : null}
          <p className="text-ink-2">
            {from === "now" ? (
              <Trans>What waits is given up. Deliveries go on with the next event.</Trans>
            ) : (
              <Trans>
                What waits now is replaced. Messages keep their ids, by which the endpoint knows
                what it has seen.
              </Trans>
            )}
          </p>
        </DialogBody>
        <FormFooter
          kind={from === "now" ? "danger" : "primary"}
          isPending={replay.isPending}
          onClose={onClose}
        >
          {from === "now" ? <Trans>Skip what waits</Trans> : <Trans>Deliver again</Trans>}
        </FormFooter>
      </Form>
    </Dialog>
  );
}
