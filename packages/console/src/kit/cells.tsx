import { Trans } from "@lingui/react/macro";
import type { ComponentProps } from "react";
import { cx } from "./cx.ts";
import { Td, Th } from "./table.tsx";

/** A cell of a compact row, which grows on a phone for its second line. */
export function Cell({ className, ...props }: ComponentProps<typeof Td>) {
  return (
    <Td
      {...props}
      className={cx("h-(--row-touch)! tablet:h-(--row-compact)! whitespace-nowrap", className)}
    />
  );
}

/** The head of a column of commands, which needs no words to see. */
export function CommandsTh() {
  return (
    <Th className="w-[calc(3.5rem+max(0px,100cqw-90rem))]">
      <span className="sr-only">
        <Trans>Commands</Trans>
      </span>
    </Th>
  );
}

/** A row that lights up under the pointer, and stays lit while something of it is open. */
export function Row({
  isHere = false,
  className,
  ...props
}: ComponentProps<"tr"> & { isHere?: boolean }) {
  return <tr {...props} className={cx(isHere ? "bg-selected" : "hover:bg-hover", className)} />;
}

/** Of a column that only wider windows have. */
export const wideOnly = "hidden tablet:table-cell";

/** What stands on a phone under the first cell, in place of those columns. */
export const secondLine = "block truncate text-12 font-normal text-ink-3 tablet:hidden";

/** Of the first cell: on a phone it takes what the others leave. */
export const firstCell = "w-full max-w-0 tablet:w-auto tablet:max-w-56";
