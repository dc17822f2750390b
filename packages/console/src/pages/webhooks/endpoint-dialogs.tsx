import { Trans, useLingui } from "@lingui/react/macro";
import type { CreateWebhookInput, Webhook, WebhookWithSecret } from "@serviceflow/sdk";
import { useState } from "react";
import { sf } from "../../app/client.ts";
import { toast } from "../../kit/toast.tsx";
import { ConfirmDialog } from "../admin/confirm-dialog.tsx";
import { Fact } from "../admin/facts.tsx";
import { ConflictBanner, RefusalBanner } from "../admin/notices.tsx";
import { RotateDialog } from "../admin/rotate-dialog.tsx";
import { SecretDialog } from "../admin/secret-dialog.tsx";
import { useChange } from "../admin/use-change.ts";
import { useCreate } from "../admin/use-create.ts";
import { hostOf } from "./event-groups.ts";
import { refreshWebhooks } from "./refresh-webhooks.ts";
import { ReplayDialog } from "./replay-dialog.tsx";
import { useWebhookFields } from "./webhook-fields.tsx";
import { WebhookForm } from "./webhook-form.tsx";

export type EndpointDialog = "edit" | "rotate" | "disable" | "replay" | "delete";

/** Changes an endpoint on the version that was shown. */
export function useWebhookChange() {
  return useChange<Webhook>(({ id }) => sf.webhooks.get(id), refreshWebhooks);
}

export function CreateWebhook({
  onMade,
  onClose,
}: {
  onMade: (webhook: WebhookWithSecret) => void;
  onClose: () => void;
}) {
  const create = useCreate<CreateWebhookInput, WebhookWithSecret>(
    (input, options) => sf.webhooks.create(input, options),
    (made) => {
      refreshWebhooks();
      onMade(made);
    },
  );
  return (
    <WebhookForm
      error={create.error}
      isPending={create.isPending}
      onSubmit={create.mutate}
      onResetError={() => create.reset()}
      onClose={onClose}
    />
  );
}

/** A signing secret, the only time that it is shown. */
export function RevealSecret({ made, onClose }: { made: WebhookWithSecret; onClose: () => void }) {
  const { t } = useLingui();
  const host = hostOf(made.url);
  return (
    <SecretDialog
      title={t`Signing secret of ${host}`}
      explain={t`Copy it now: it is not shown again. With it the endpoint checks that a message is ours.`}
      secret={made.secret}
      facts={<Fact name={t`Address`}>{made.url}</Fact>}
      onClose={onClose}
    />
  );
}

/** The dialog of one command on one endpoint, as it was when the dialog opened. */
export function EndpointDialogs({
  webhook,
  dialog,
  onSecret,
  onDeleted,
  onClose,
}: {
  webhook: Webhook;
  dialog: EndpointDialog;
  onSecret: (made: WebhookWithSecret) => void;
  onDeleted: () => void;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const [shown] = useState(webhook);
  const change = useWebhookChange();
  const fields = useWebhookFields();
  const host = hostOf(shown.url);
  const done = (words: string) => {
    toast(words);
    onClose();
  };
  const conflict = (onDone: () => void) => (
    <ConflictBanner
      conflict={change.conflict}
      fields={fields}
      onDone={onDone}
      onClose={change.reset}
    />
  );
  const notices = (onDone: () => void) => (
    <>
      <RefusalBanner error={change.error} onClose={change.reset} />
      {conflict(onDone)}
    </>
  );

  switch (dialog) {
    case "edit": {
      const saved = () => done(t`${host} is saved.`);
      return (
        <WebhookForm
          webhook={shown}
          error={change.error}
          notices={conflict(saved)}
          isPending={change.isPending}
          onResetError={change.reset}
          onClose={onClose}
          onSubmit={(input) => {
            // What was not touched is not sent, so that it does not undo what others change.
            const patch = Object.fromEntries(
              Object.entries(input).filter(
                ([field, value]) =>
                  JSON.stringify(value) !== JSON.stringify(shown[field as keyof Webhook]),
              ),
            );
            if (Object.keys(patch).length === 0) return onClose();
            void change
              .run(shown, (one, options) => sf.webhooks.update(one.id, patch, options))
              .then((made) => made && saved());
          }}
        />
      );
    }
    case "rotate":
      return <RotateSecret webhook={shown} onMade={onSecret} onClose={onClose} />;
    case "replay":
      return <ReplayDialog webhook={shown} onClose={onClose} />;
    case "disable": {
      const disabled = () => done(t`${host} is disabled.`);
      return (
        <ConfirmDialog
          title={t`Disable ${host}`}
          act={t`Disable`}
          notices={notices(disabled)}
          isPending={change.isPending}
          onClose={onClose}
          onConfirm={() =>
            void change
              .run(shown, (one, options) => sf.webhooks.update(one.id, { active: false }, options))
              .then((made) => made && disabled())
          }
        >
          <p>
            <Trans>
              Events are queued meanwhile. Once it is enabled again, deliveries go on where they
              stopped.
            </Trans>
          </p>
        </ConfirmDialog>
      );
    }
    case "delete": {
      const deleted = () => {
        toast(t`${host} is deleted.`);
        onDeleted();
      };
      return (
        <ConfirmDialog
          title={t`Delete ${host}`}
          act={t`Delete`}
          typed={host}
          notices={notices(deleted)}
          isPending={change.isPending}
          onClose={onClose}
          onConfirm={() =>
            void change
              .run(shown, (one, options) => sf.webhooks.delete(one.id, options))
              .then((made) => made && deleted())
          }
        >
          <p>
            <Trans>
              The endpoint, its secret and all its deliveries are lost, those that wait as well. The
              audit log stays.
            </Trans>
          </p>
        </ConfirmDialog>
      );
    }
  }
}

function RotateSecret({
  webhook,
  onMade,
  onClose,
}: {
  webhook: Webhook;
  onMade: (made: WebhookWithSecret) => void;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const host = hostOf(webhook.url);
  return (
    <RotateDialog<WebhookWithSecret>
      title={t`Rotate the secret of ${host}`}
      call={(input, options) => sf.webhooks.rotate(webhook.id, input, options)}
      onMade={(made) => {
        refreshWebhooks();
        onMade(made);
      }}
      onClose={onClose}
    >
      <Trans>Until then each delivery carries the signatures of both secrets.</Trans>
    </RotateDialog>
  );
}
