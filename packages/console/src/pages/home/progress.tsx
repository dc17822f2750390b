import { useLingui } from "@lingui/react/macro";
import type { ServiceRequestSummary } from "@serviceflow/sdk";
import { STATUS_WORDS } from "../../app/terms.ts";
import { cx } from "../../kit/cx.ts";

const STOPS = 4;

/** Four stops on the thread: filed, taken, in progress, done. A canceled request ends where it was. */
export function Progress({ request }: { request: ServiceRequestSummary }) {
  const { t, i18n } = useLingui();
  const { status, assignee } = request;
  const reached = status === "DONE" ? 4 : status === "IN_PROGRESS" ? 3 : assignee !== null ? 2 : 1;
  const words = status === "NEW" && assignee !== null ? t`Taken` : i18n._(STATUS_WORDS[status]);
  const canceled = status === "CANCELED";
  return (
    <span className="flex items-center gap-2 text-12 text-ink-3">
      <svg viewBox="0 0 104 14" aria-hidden="true" className="h-3.5 w-26">
        {Array.from({ length: STOPS - 1 }, (_, index) => (
          <path
            // biome-ignore lint/suspicious/noArrayIndexKey: the stops are fixed
            key={index}
            d={`M${12 + index * 30} 7h20`}
            className="stroke-thread"
            strokeWidth="1.5"
            strokeDasharray={index + 1 < reached && !canceled ? undefined : "3 3"}
          />
        ))}
        {Array.from({ length: STOPS }, (_, index) => {
          const done = index < reached && !canceled;
          return (
            <circle
              // biome-ignore lint/suspicious/noArrayIndexKey: the stops are fixed
              key={index}
              cx={7 + index * 30}
              cy="7"
              r="4"
              strokeWidth="1.5"
              className={cx(
                done
                  ? status === "DONE"
                    ? "fill-status-done stroke-status-done"
                    : "fill-accent stroke-accent"
                  : "fill-sheet stroke-line-strong",
              )}
            />
          );
        })}
      </svg>
      {words}
    </span>
  );
}
