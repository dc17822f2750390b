import { useLingui } from "@lingui/react/macro";
import type { Delivery } from "@serviceflow/sdk";
import { Time } from "../../kit/time.tsx";
import { type AttemptMark, attemptMarks } from "./attempt-marks.ts";

const STEP = 14;

/** The attempts of a delivery on their thread, and how it stands in words. */
export function Attempts({ delivery }: { delivery: Delivery }) {
  const marks = attemptMarks(delivery);
  return (
    <span className="block py-1 text-12 whitespace-normal">
      <svg
        width={marks.length * STEP}
        height={STEP}
        viewBox={`0 0 ${marks.length * STEP} ${STEP}`}
        aria-hidden="true"
        className="mr-2.5 inline-block align-[-2px]"
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
      <span className={delivery.status === "FAILED" ? "text-danger" : "text-ink-2"}>
        <Outcome delivery={delivery} />
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

/** How a delivery stands. */
function Outcome({ delivery }: { delivery: Delivery }) {
  const { t } = useLingui();
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
      const last = attempts === 0 ? null : (responseStatus ?? t`No answer`);
      return (
        <>
          {last === null ? null : `${last}, `}
          {nextAttemptAt === null ? (
            t`waiting`
          ) : (
            <>
              {t`next`} <Time iso={nextAttemptAt} form="clock" />
            </>
          )}
        </>
      );
    }
    default:
      return status;
  }
}
