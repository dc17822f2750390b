import { useLingui } from "@lingui/react/macro";
import type { Webhook } from "@serviceflow/sdk";
import { Link } from "@tanstack/react-router";
import { Ban, CircleCheck, TriangleAlert } from "lucide-react";
import { cx } from "../../kit/cx.ts";
import { Time } from "../../kit/time.tsx";
import { State } from "../admin/state.tsx";
import { hostOf } from "./event-groups.ts";

/** The endpoints, each with how it is. */
export function EndpointList({
  webhooks,
  here,
}: {
  webhooks: readonly Webhook[];
  here: string | undefined;
}) {
  return (
    <ul>
      {webhooks.map((webhook) => (
        <li key={webhook.id}>
          <Link
            to="/webhooks"
            search={{ hook: webhook.id }}
            aria-current={webhook.id === here ? "true" : undefined}
            className={cx(
              "relative grid gap-0.5 border-b border-line px-4 py-2.5 focus-visible:outline-offset-[-2px]",
              webhook.id === here
                ? "bg-selected before:absolute before:inset-y-0 before:left-0 before:w-0.75 before:bg-accent"
                : "hover:bg-hover",
            )}
          >
            <span className="cut font-semibold" title={webhook.url}>
              {webhook.description || hostOf(webhook.url)}
            </span>
            {webhook.description === "" ? null : (
              <span className="cut text-12 text-ink-3">{hostOf(webhook.url)}</span>
            )}
            <span className="text-12 text-ink-2">
              <EndpointState webhook={webhook} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

export function EndpointState({ webhook }: { webhook: Webhook }) {
  const { t } = useLingui();
  if (!webhook.active) return <State icon={Ban}>{t`Disabled`}</State>;
  if (webhook.failingSince !== null) {
    return (
      <State icon={TriangleAlert} tone="bad">
        {t`Failing since`} <Time iso={webhook.failingSince} form="clock" />
      </State>
    );
  }
  return <State icon={CircleCheck} tone="good">{t`Enabled`}</State>;
}
