import type { Priority, Status } from "@serviceflow/sdk";
import { cx } from "./cx.ts";

const STATUS_COLORS: Record<Status, string> = {
  NEW: "text-status-new",
  IN_PROGRESS: "text-status-progress",
  DONE: "text-status-done",
  CANCELED: "text-status-canceled",
};

/** A circle that fills as work goes on. It needs a `label` where no word stands beside it. */
export function StatusGlyph({ status, label }: { status: Status; label?: string }) {
  return (
    <Glyph label={label} className={STATUS_COLORS[status]}>
      {status === "DONE" ? (
        <>
          <circle cx="8" cy="8" r="6.5" fill="currentColor" />
          <path d="M5 8.2l2.1 2.1L11 6.2" fill="none" className="stroke-sheet" strokeWidth="1.75" />
        </>
      ) : (
        <circle cx="8" cy="8" r="5.75" fill="none" stroke="currentColor" strokeWidth="1.75" />
      )}
      {status === "IN_PROGRESS" && <path d="M8 2.25a5.75 5.75 0 0 1 0 11.5z" fill="currentColor" />}
      {status === "CANCELED" && <path d="M5 8h6" stroke="currentColor" strokeWidth="1.75" />}
    </Glyph>
  );
}

const STROKES: Record<Exclude<Priority, "URGENT">, number> = { LOW: 1, NORMAL: 2, HIGH: 3 };
const PRIORITY_COLORS: Record<Priority, string> = {
  LOW: "text-priority-low",
  NORMAL: "text-priority-normal",
  HIGH: "text-priority-high",
  URGENT: "text-priority-urgent",
};

/** One, two or three strokes, or a filled block. It needs a `label` where no word stands beside it. */
export function PriorityGlyph({ priority, label }: { priority: Priority; label?: string }) {
  return (
    <Glyph label={label} className={PRIORITY_COLORS[priority]}>
      {priority === "URGENT" ? (
        <>
          <rect x="1" y="1" width="14" height="14" rx="2.5" fill="currentColor" />
          <path d="M7 3.5h2v5.75H7zM7 10.75h2v2H7z" className="fill-on-danger" />
        </>
      ) : (
        [11.5, 7, 2.5].map((y, index) => (
          <rect
            key={y}
            x="2"
            y={y}
            width="12"
            height="2.25"
            rx=".5"
            className={index < STROKES[priority] ? "fill-current" : "fill-priority-unlit"}
          />
        ))
      )}
    </Glyph>
  );
}

function Glyph({
  label,
  className,
  children,
}: {
  label: string | undefined;
  className: string;
  children: React.ReactNode;
}) {
  const named =
    label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label };
  return (
    <svg
      {...named}
      viewBox="0 0 16 16"
      className={cx("inline-block size-3.5 shrink-0 align-[-2.5px]", className)}
    >
      {children}
    </svg>
  );
}

/** A person is a square with initials; nobody is a dashed one. */
export function PersonGlyph({
  name,
  mine = false,
  label,
}: {
  /** null: nobody. */
  name: string | null;
  mine?: boolean;
  /** For screen readers, where the name does not stand beside it. */
  label?: string;
}) {
  const named =
    label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label };
  if (name === null) {
    return (
      <span
        {...named}
        className="m-0.5 inline-block size-4 shrink-0 rounded-[3px] border border-dashed border-thread"
      />
    );
  }
  return (
    <span
      {...named}
      className={cx(
        "inline-grid size-5 shrink-0 place-items-center rounded-4 text-[10px] leading-none font-semibold",
        mine
          ? "bg-accent-tint text-accent"
          : "bg-ground text-ink-2 shadow-[inset_0_0_0_1px_var(--color-line)]",
      )}
    >
      {initials(name)}
    </span>
  );
}

/** The first letters of the first and the last word. */
function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== "");
  const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return ends.map((word) => [...(word ?? "")][0]?.toLocaleUpperCase() ?? "").join("");
}

/** The mark of the product: the thread through a request in progress. */
export function Mark() {
  return (
    <svg viewBox="0 0 20 20" fill="none" aria-hidden="true" className="size-5 text-accent">
      <path d="M10 0v4M10 16v4" stroke="currentColor" strokeWidth="2" />
      <circle cx="10" cy="10" r="5.5" stroke="currentColor" strokeWidth="2" />
      <path d="M10 4.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />
    </svg>
  );
}
