import { useLingui } from "@lingui/react/macro";
import type { ServiceRequestSummary } from "@serviceflow/sdk";
import { STATUS_WORDS } from "../app/terms.ts";
import { cx } from "../kit/cx.ts";
import { STOPS, stopOf } from "./stops.ts";

const FIRST_X = 22;
const STEP = 54;

/** Four stops on the thread: filed, taken, started, done. A canceled request ends where it was. */
export function Progress({ request }: { request: ServiceRequestSummary }) {
  const { t, i18n } = useLingui();
  const { status } = request;
  const reached = stopOf(request);
  const step = reached + 1;
  const all = STOPS.length;
  const words = status === "NEW" && reached === 1 ? t`Taken` : i18n._(STATUS_WORDS[status]);
  return (
    <svg
      viewBox="0 0 206 14"
      role="img"
      aria-label={t`${words}, step ${step} of ${all}`}
      className="block h-3.5 w-51.5 shrink-0"
    >
      {STOPS.slice(1).map((stop, index) => (
        <path
          key={stop}
          d={`M${FIRST_X + 6 + index * STEP} 7h42`}
          className={index < reached ? "stroke-accent" : "stroke-thread"}
          strokeWidth="1.5"
          strokeDasharray={index < reached ? undefined : "2 3"}
        />
      ))}
      {STOPS.map((stop, index) => (
        <Stop
          key={stop}
          x={FIRST_X + index * STEP}
          isReached={index <= reached}
          status={index === reached ? status : undefined}
        />
      ))}
    </svg>
  );
}

function Stop({
  x,
  isReached,
  status,
}: {
  x: number;
  isReached: boolean;
  /** Of the request, if it is here. */
  status: ServiceRequestSummary["status"] | undefined;
}) {
  const at = `translate(${x} 7)`;
  if (status === "DONE") {
    return (
      <g transform={at}>
        <circle r="6.5" className="fill-status-done" />
        <path d="M-3 .2l2.1 2.1L3-1.8" fill="none" className="stroke-sheet" strokeWidth="1.75" />
      </g>
    );
  }
  if (status === "CANCELED") {
    return (
      <g transform={at} className="stroke-status-canceled" fill="none" strokeWidth="1.75">
        <circle r="5.75" />
        <path d="M-3 0h6" />
      </g>
    );
  }
  if (status === "IN_PROGRESS") {
    return (
      <g transform={at} className="text-status-progress">
        <circle r="5.75" fill="none" stroke="currentColor" strokeWidth="1.75" />
        <path d="M0-5.75a5.75 5.75 0 0 1 0 11.5z" fill="currentColor" />
      </g>
    );
  }
  return (
    <circle
      cx={x}
      cy="7"
      r={isReached ? 4 : 3.5}
      strokeWidth="1.5"
      className={cx(isReached ? "fill-accent stroke-accent" : "fill-sheet stroke-line-strong")}
    />
  );
}

/** The names of the stops, above a list. */
export function ProgressHead() {
  const { t } = useLingui();
  const names = [t`Filed`, t`Taken`, t`Started`, t({ message: "Done", context: "stop" })];
  return (
    <svg viewBox="0 0 206 14" aria-hidden="true" className="block h-3.5 w-51.5 shrink-0">
      {names.map((name, index) => (
        <text
          key={name}
          x={FIRST_X + index * STEP}
          y="11"
          textAnchor="middle"
          className="fill-ink-3 font-sans text-11"
        >
          {name}
        </text>
      ))}
    </svg>
  );
}
