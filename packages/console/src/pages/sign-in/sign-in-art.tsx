import { Trans, useLingui } from "@lingui/react/macro";
import type { Status } from "@serviceflow/sdk";
import type { ReactNode } from "react";
import { StatusGlyph } from "../../kit/glyphs.tsx";

/** What happens to a request: the thread of the product. */
export function SignInArt() {
  const { t } = useLingui();
  return (
    <aside
      aria-label={t`What happens to a request`}
      className="hidden content-center overflow-hidden bg-ground px-14 py-10 tablet:grid"
    >
      <ol className="grid gap-18">
        <Step status="NEW" title={<Trans>Filed</Trans>}>
          <Trans>by anyone in the company, in plain words</Trans>
        </Step>
        <Step status="IN_PROGRESS" title={<Trans>In progress</Trans>}>
          <Trans>with one person whose name everyone can see</Trans>
        </Step>
        <Step status="DONE" title={<Trans>Done</Trans>} last>
          <Trans>with a sealed record of everything that happened</Trans>
        </Step>
      </ol>
    </aside>
  );
}

function Step({
  status,
  title,
  last = false,
  children,
}: {
  status: Status;
  title: ReactNode;
  last?: boolean;
  children: ReactNode;
}) {
  const line = last ? "before:bottom-[-50vh] before:border-dashed" : "before:bottom-[-73px]";
  return (
    <li
      className={`relative grid first:after:absolute first:after:bottom-[calc(100%-4px)] first:after:left-[15.25px] first:after:h-[50vh] first:after:border-l-[1.5px] first:after:border-thread grid-cols-[32px_minmax(0,1fr)] items-center gap-x-6 gap-y-0.5 before:absolute before:top-8.5 before:left-[15.25px] before:border-l-[1.5px] before:border-thread ${line} [&_svg]:size-8`}
    >
      <StatusGlyph status={status} />
      <b className="text-28 tracking-[-.012em]">{title}</b>
      <span className="col-start-2 text-14 text-ink-2">{children}</span>
    </li>
  );
}
