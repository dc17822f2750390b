import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

export interface Tab {
  /** What tells the tabs apart. */
  id: string;
  label: string;
  /** Capped by who counts: "99+". */
  count?: string | undefined;
  link: Pick<LinkProps, "to" | "search" | "params">;
}

/** Views of a page, which are addresses. The mark sits on the bar's hairline. */
export function Tabs({
  label,
  tabs,
  current,
}: {
  label: string;
  tabs: readonly Tab[];
  current: string;
}) {
  return (
    <nav aria-label={label} className="flex h-full min-w-0 gap-4.5 overflow-x-auto">
      {tabs.map((tab) => (
        <Link
          key={tab.id}
          {...tab.link}
          aria-current={tab.id === current ? "page" : undefined}
          className={cx(
            "relative flex items-center gap-1.5 font-medium whitespace-nowrap hover:text-ink focus-visible:outline-offset-[-2px]",
            tab.id === current
              ? "text-ink after:absolute after:inset-x-0 after:bottom-0 after:h-0.5 after:bg-accent"
              : "text-ink-2",
          )}
        >
          {tab.label}
          <Count value={tab.count} />
        </Link>
      ))}
    </nav>
  );
}

/** How many, beside a word. */
export function Count({ value, className }: { value: ReactNode; className?: string }) {
  if (value === undefined || value === null) return null;
  return <span className={cx("font-normal text-ink-3", className)}>{value}</span>;
}
