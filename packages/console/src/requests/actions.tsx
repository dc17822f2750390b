import { Trans, useLingui } from "@lingui/react/macro";
import type { ServiceRequest } from "@serviceflow/sdk";
import { Link } from "@tanstack/react-router";
import { Button, RefusedButton } from "../kit/button.tsx";
import { cx } from "../kit/cx.ts";
import type { Acts } from "./use-actions.tsx";

/** The commands of a request, always in the same order; those refused now say why. */
export function Actions({
  request,
  acts: { commands, run, pending },
  layout,
}: {
  request: ServiceRequest;
  acts: Acts;
  layout: "row" | "column";
}) {
  const { i18n } = useLingui();
  const row = layout === "row";
  if (request.closedAt !== null) return row ? null : <Closed id={request.id} />;
  const shown = commands.filter(({ moot }) => !moot);
  const first = shown.find(({ reason }) => reason === undefined)?.action;
  return (
    <div
      className={row ? "contents *:data-reason:order-1" : "grid gap-1 *:w-full *:justify-between"}
    >
      {shown.map(({ action, label, key, reason }) =>
        reason === undefined ? (
          <Button
            key={action}
            kind={row && action === first && action !== "cancel" ? "primary" : "plain"}
            {...(key === undefined ? {} : { keys: key })}
            isPending={pending === action}
            onPress={() => run(action)}
          >
            {i18n._(label)}
          </Button>
        ) : (
          <RefusedButton key={action} reason={reason} className={cx(!row && "pl-2.5")}>
            {i18n._(label)}
          </RefusedButton>
        ),
      )}
    </div>
  );
}

/** What is closed stays closed: what is missing is a request of its own, which follows it up. */
function Closed({ id }: { id: string }) {
  return (
    <div className="grid gap-2 text-12 text-ink-3">
      <p>
        <Trans>The request is closed. It can still be commented on.</Trans>
      </p>
      <Link
        to="/new"
        search={{ followsUp: id }}
        className="text-13 text-accent underline underline-offset-2"
      >
        <Trans>File a follow-up</Trans>
      </Link>
    </div>
  );
}
