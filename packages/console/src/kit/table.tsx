import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx.ts";

/**
 * A table with a sticky head, compact rows and numbers at the right. In the widest windows its lines go on to the edge,
 * but its columns stay together.
 */
export function Table({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="@container">
      <table
        aria-label={label}
        className="w-full border-collapse [&_tr>:last-child]:pr-[max(.75rem,100cqw-90rem)]"
      >
        {children}
      </table>
    </div>
  );
}

export function Th({
  numeric = false,
  className,
  ...props
}: ComponentProps<"th"> & { numeric?: boolean }) {
  return (
    <th
      scope="col"
      {...props}
      className={cx(
        "sticky top-0 z-1 h-7 border-b border-line bg-ground px-3 text-12 font-medium whitespace-nowrap text-ink-3",
        numeric ? "text-right" : "text-left",
        className,
      )}
    />
  );
}

export function Td({
  numeric = false,
  className,
  ...props
}: ComponentProps<"td"> & { numeric?: boolean }) {
  return (
    <td
      {...props}
      className={cx(
        "h-(--row-comfortable) border-b border-line px-3 align-middle",
        numeric && "text-right",
        className,
      )}
    />
  );
}
