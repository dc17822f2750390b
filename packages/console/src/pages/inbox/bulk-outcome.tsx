import { Trans, useLingui } from "@lingui/react/macro";
import { Check, X } from "lucide-react";
import { Banner } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { cx } from "../../kit/cx.ts";
import type { Outcome } from "./bulk.ts";

/** What became of each: those refused first, with their reasons. */
export function BulkOutcome({
  outcome: { action, results },
  onUndo,
  onClose,
}: {
  outcome: Outcome;
  onUndo: () => void;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const refused = results.filter(({ reason }) => reason !== undefined);
  const done = results.filter(({ reason }) => reason === undefined);
  const n = done.length;
  const m = refused.length;
  const words = {
    claim: m === 0 ? t`Claimed: ${n}.` : t`${n} claimed, ${m} not.`,
    cancel: m === 0 ? t`Canceled: ${n}.` : t`${n} canceled, ${m} not.`,
    release: m === 0 ? t`Released: ${n}.` : t`${n} released, ${m} not.`,
  }[action];
  return (
    <div className="shrink-0 border-t border-line">
      <Banner
        kind={m === 0 ? "good" : "plain"}
        act={
          <>
            {action === "claim" && n > 0 ? (
              <Button size="sm" onPress={onUndo}>
                <Trans>Undo {n}</Trans>
              </Button>
            ) : null}
            <Button size="sm" kind="quiet" onPress={onClose}>
              <Trans>Close</Trans>
            </Button>
          </>
        }
      >
        <b>{words}</b>
      </Banner>
      {m === 0 ? null : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
        <ul tabIndex={0} aria-label={t`What became of each`} className="max-h-40 overflow-y-auto">
          {[...refused, ...done].map(({ id, title, reason }) => (
            <li
              key={id}
              className={cx(
                "flex min-h-8 items-center gap-2 border-b border-line px-3.5",
                reason !== undefined && "bg-danger-tint",
              )}
            >
              {reason === undefined ? (
                <Check role="img" aria-label={t`Done`} className="size-3.5 shrink-0 text-good" />
              ) : (
                <X role="img" aria-label={t`Refused`} className="size-3.5 shrink-0 text-danger" />
              )}
              <span className="text-12 whitespace-nowrap text-ink-2">{id}</span>
              <span className={reason === undefined ? "cut" : undefined}>{reason ?? title}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
