import { useLingui } from "@lingui/react/macro";
import type { Delivery } from "@serviceflow/sdk";
import { cx } from "../../kit/cx.ts";
import { clock } from "../../kit/time-words.ts";
import { type AttemptMark, attemptMarks } from "./attempt-marks.ts";

const STEP = 14;

/** The attempts of a delivery on their thread, and how it stands in words. */
export function Attempts({ delivery }: { delivery: Delivery }) {
  const marks = attemptMarks(delivery);
  const outcome = useOutcome(delivery);
  return (
    <span className="flex min-w-0 items-center gap-1.5 text-12">
      <svg
        width={marks.length * STEP}
        height={STEP}
        viewBox={`0 0 ${marks.length * STEP} ${STEP}`}
        aria-hidden="true"
        className="shrink-0"
      >
        {marks.map((mark, index) => (
          <Mark
            // biome-ignore lint/suspicious/noArrayIndexKey: the attempts of one delivery only grow
            key={index}
            mark={mark}
            x={index * STEP}
          />
        ))}
      </svg>
      <span
        title={outcome}
        className={cx("cut", delivery.status === "FAILED" ? "text-danger" : "text-ink-2")}
      >
        {outcome}
      </span>
    </span>
  );
}

/** One attempt, on a thread of its own. */
export function AttemptGlyph({ mark }: { mark: AttemptMark }) {
  return (
    <svg
      width={STEP}
      height={STEP}
      viewBox={`0 0 ${STEP} ${STEP}`}
      aria-hidden="true"
      className="mt-0.5 ml-0.75 bg-sheet"
    >
      <Mark mark={mark} x={0} />
    </svg>
  );
}

function Mark({ mark, x }: { mark: AttemptMark; x: number }) {
  const line =
    x === 0 ? null : (
      <path
        d={`M${x - 2} 7h4`}
        className="stroke-thread"
        strokeWidth="1.5"
        {...(mark === "waiting" ? { strokeDasharray: "1.5 1.5" } : {})}
      />
    );
  switch (mark) {
    case "failed":
      return (
        <>
          {line}
          <path
            d={`M${x + 3.5} 3.5l7 7M${x + 10.5} 3.5l-7 7`}
            className="stroke-danger"
            strokeWidth="1.75"
          />
        </>
      );
    case "arrived":
      return (
        <>
          {line}
          <circle cx={x + 7} cy="7" r="4.5" className="fill-good" />
        </>
      );
    case "waiting":
      return (
        <>
          {line}
          <circle
            cx={x + 7}
            cy="7"
            r="3.75"
            fill="none"
            className="stroke-line-strong"
            strokeWidth="1.5"
          />
        </>
      );
    case "replaced":
      return (
        <>
          {line}
          <path d={`M${x + 3.5} 7h7`} className="stroke-line-strong" strokeWidth="1.75" />
        </>
      );
  }
}

/** How a delivery stands; what matters most comes first, for the end may be cut. */
function useOutcome(delivery: Delivery): string {
  const { t, i18n } = useLingui();
  const { status, attempts, durationMs, responseStatus, nextAttemptAt } = delivery;
  switch (status) {
    case "DELIVERED":
      return attempts > 1
        ? t`Delivered, attempt ${attempts}`
        : t`Delivered in ${durationMs ?? 0} ms`;
    case "FAILED":
      return t`Failed, attempts: ${attempts}`;
    case "REPLACED":
      return t`Replaced by a replay`;
    case "PENDING": {
      const time = nextAttemptAt === null ? null : clock(nextAttemptAt, i18n.locale);
      const next = time === null ? t`Waiting` : t`Next ${time}`;
      return attempts === 0 ? next : `${next} · ${responseStatus ?? t`No answer`}`;
    }
    default:
      return status;
  }
}
