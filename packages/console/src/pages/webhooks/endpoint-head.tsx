import { Trans, useLingui } from "@lingui/react/macro";
import type { Webhook, WebhookWithSecret } from "@serviceflow/sdk";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { sf } from "../../app/client.ts";
import { useMe } from "../../app/session.tsx";
import { Banner } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Menu, MenuItem, MenuTrigger } from "../../kit/menu.tsx";
import { toast } from "../../kit/toast.tsx";
import { ConflictBanner, RefusalBanner } from "../admin/notices.tsx";
import { type EndpointDialog, EndpointDialogs, useWebhookChange } from "./endpoint-dialogs.tsx";
import { EndpointState } from "./endpoint-list.tsx";
import { DISABLED_WORDS, needsOwner } from "./endpoint-words.ts";
import { hostOf } from "./event-groups.ts";
import { useWebhookFields } from "./webhook-fields.tsx";

/** What an endpoint is, how it stands, and what one may do with it. */
export function EndpointHead({
  webhook,
  onSecret,
  onDeleted,
}: {
  webhook: Webhook;
  onSecret: (made: WebhookWithSecret) => void;
  onDeleted: () => void;
}) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const [dialog, setDialog] = useState<EndpointDialog>();
  const change = useWebhookChange();
  const fields = useWebhookFields();
  const host = hostOf(webhook.url);
  const run = (words: string, call: Parameters<typeof change.run>[1]) =>
    void change.run(webhook, call).then((made) => made && toast(words));
  const enable = () =>
    run(t`${host} is enabled.`, (one, options) =>
      sf.webhooks.update(one.id, { active: true }, options),
    );
  const takeOver = () =>
    run(
      t`${host} is yours now. Check its address and rotate its secret before you enable it.`,
      (one, options) => sf.webhooks.takeOver(one.id, options),
    );
  const ping = () =>
    run(t`A test is on its way.`, (one, options) => sf.webhooks.ping(one.id, options));
  const isMine = webhook.owner?.id === me.id;
  const count = webhook.eventTypes.length;
  const acts: Record<string, () => void> = { ping, enable, takeOver };
  return (
    <>
      <RefusalBanner error={change.error} onClose={change.reset} />
      <ConflictBanner conflict={change.conflict} fields={fields} onClose={change.reset} />
      {webhook.disabledBecause === null ? null : (
        <Banner
          kind="bad"
          act={
            needsOwner(webhook) ? (
              <Button size="sm" onPress={takeOver}>{t`Take over`}</Button>
            ) : (
              <Button size="sm" onPress={enable}>{t`Enable`}</Button>
            )
          }
        >
          {t`The server has disabled this webhook.`}{" "}
          {i18n._(DISABLED_WORDS[webhook.disabledBecause] ?? webhook.disabledBecause)}
        </Banner>
      )}
      <div className="flex shrink-0 items-start gap-3 border-b border-line px-4 py-2.5">
        <div className="grid min-w-0 grow gap-0.5">
          <code className="font-mono text-12 [overflow-wrap:anywhere]">{webhook.url}</code>
          <span className="text-12 text-ink-2">
            <EndpointState webhook={webhook} /> ·{" "}
            {count === 0 ? (
              t`all events`
            ) : (
              <span title={webhook.eventTypes.join(", ")}>{t`event types: ${count}`}</span>
            )}
            {webhook.includeInternal ? <> · {t`internal comments too`}</> : null} ·{" "}
            {webhook.owner === null ? t`no owner` : t`owner: ${webhook.owner.fullName}`}
          </span>
        </div>
        <Button isPending={change.isPending} isDisabled={!webhook.active} onPress={ping}>
          <Trans>Send a test</Trans>
        </Button>
        <MenuTrigger>
          <Button kind="quiet" icon aria-label={t`Commands for ${host}`}>
            <Ellipsis aria-hidden="true" className="size-4" />
          </Button>
          <Menu
            aria-label={host}
            placement="bottom end"
            onAction={(key) => {
              const act = acts[String(key)];
              if (act === undefined) setDialog(key as EndpointDialog);
              else act();
            }}
          >
            <MenuItem id="edit">{t`Edit…`}</MenuItem>
            <MenuItem id="rotate">{t`Rotate the secret…`}</MenuItem>
            <MenuItem id="replay">{t`Deliver events again…`}</MenuItem>
            {isMine ? null : (
              <MenuItem id="takeOver" consequence={t`It then sends with your authority.`}>
                {t`Take over`}
              </MenuItem>
            )}
            {webhook.active ? (
              <MenuItem id="disable">{t`Disable…`}</MenuItem>
            ) : (
              <MenuItem
                id="enable"
                consequence={needsOwner(webhook) && !isMine ? t`Take it over first.` : undefined}
                isDisabled={needsOwner(webhook) && !isMine}
              >
                {t`Enable`}
              </MenuItem>
            )}
            <MenuItem id="delete">
              <span className="text-danger">{t`Delete…`}</span>
            </MenuItem>
          </Menu>
        </MenuTrigger>
      </div>
      {dialog === undefined ? null : (
        <EndpointDialogs
          webhook={webhook}
          dialog={dialog}
          onSecret={(made) => {
            setDialog(undefined);
            onSecret(made);
          }}
          onDeleted={() => {
            setDialog(undefined);
            onDeleted();
          }}
          onClose={() => setDialog(undefined)}
        />
      )}
    </>
  );
}
