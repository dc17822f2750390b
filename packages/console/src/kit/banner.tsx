import { CircleAlert, CircleCheck, Info } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

/** One line under the bar: stale, offline, a conflict, what became of many. */
export function Banner({
  kind = "plain",
  act,
  children,
}: {
  kind?: "plain" | "bad" | "good";
  act?: ReactNode;
  children: ReactNode;
}) {
  const Icon = kind === "bad" ? CircleAlert : kind === "good" ? CircleCheck : Info;
  return (
    <div
      role={kind === "bad" ? "alert" : "status"}
      className={cx(
        "flex min-h-8 flex-wrap items-center gap-2 border-b border-line px-4 py-1",
        kind === "plain" && "bg-ground text-ink-2",
        kind === "bad" && "bg-danger-tint",
        kind === "good" && "bg-good-tint",
      )}
    >
      <Icon
        aria-hidden="true"
        className={cx(
          "size-4 shrink-0",
          kind === "bad" && "text-danger",
          kind === "good" && "text-good",
        )}
      />
      <span className="min-w-40 flex-1 text-pretty">{children}</span>
      {act}
    </div>
  );
}

/** Nothing to show: why, in one sentence, and the way out. */
export function Empty({
  title,
  level = 2,
  children,
  acts,
}: {
  title: string;
  /** 1: it is all that the page has; 3: a part of it has a heading already. */
  level?: 1 | 2 | 3;
  children?: ReactNode;
  acts?: ReactNode;
}) {
  const Title = `h${level}` as const;
  return (
    <div
      className={cx(
        "grid justify-items-start gap-1.5",
        level === 3 ? "max-w-(--measure) px-3 py-2" : "max-w-[44ch] px-6 py-8",
      )}
    >
      <Title className={level === 3 ? "text-13 font-normal text-ink-2" : "text-16"}>{title}</Title>
      {children === undefined ? null : (
        <p className={cx("text-ink-2", level !== 3 && "text-14")}>{children}</p>
      )}
      {acts === undefined ? null : <div className="mt-2 flex flex-wrap gap-2">{acts}</div>}
    </div>
  );
}

const WIDTHS = ["w-[56%]", "w-[72%]", "w-[38%]", "w-[86%]", "w-[64%]"];

/** Rows of the height of the real ones, which appear only if loading takes a while. */
export function SkeletonRows({ label, rows = 12 }: { label: string; rows?: number }) {
  return (
    <div role="status" data-skeleton aria-label={label} className="animate-[appear_1ms_120ms_both]">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows without content
        <div key={row} className="flex h-(--row-compact) items-center gap-2.5 px-3">
          <span className="size-3.5 shrink-0 rounded-full bg-line" />
          <span className="h-2 w-12 rounded-2 bg-line" />
          <span className={cx("h-2 rounded-2 bg-line", WIDTHS[row % WIDTHS.length])} />
        </div>
      ))}
    </div>
  );
}
