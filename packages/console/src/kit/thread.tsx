import { Trans } from "@lingui/react/macro";
import type { ReactNode, Ref } from "react";
import { cx } from "./cx.ts";

/** One line that carries what happened: solid where it is sealed, dashed from the first entry that is not. */
export function Thread({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ol aria-label={label} className="grid">
      {children}
    </ol>
  );
}

/** One thing that happened, on the line. */
export function Knot({
  node,
  open = false,
  className,
  children,
}: {
  /** What stands on the line; without it a dot. */
  node?: ReactNode;
  /** Not sealed yet. */
  open?: boolean;
  className?: string;
  children: ReactNode;
}) {
  return (
    <li
      className={cx(
        "relative pl-8 [contain-intrinsic-size:auto_64px] [content-visibility:auto] [overflow-clip-margin:4px] before:absolute before:top-0 before:bottom-0 before:left-[9.5px] before:border-l",
        "first:before:top-2.5 last:before:bottom-auto last:before:h-2.5 only:before:hidden",
        open ? "before:border-dashed before:border-line-strong" : "before:border-thread",
        className,
      )}
    >
      {node === undefined ? (
        <span
          aria-hidden="true"
          className="absolute top-1.25 left-1.75 z-1 size-1.5 rounded-full border-[1.5px] border-line-strong bg-sheet"
        />
      ) : (
        <span className="absolute top-0 left-0 z-1">{node}</span>
      )}
      {children}
      {open ? (
        <span className="sr-only">
          {" "}
          <Trans>Not sealed yet</Trans>
        </span>
      ) : null}
    </li>
  );
}

/** From here on everything is new to the reader. */
export function SinceKnot({
  ref,
  children,
}: {
  ref?: Ref<HTMLLIElement> | undefined;
  children: ReactNode;
}) {
  return (
    <li
      ref={ref}
      className="relative flex items-center gap-2 pb-4 pl-8 text-12 font-medium text-accent before:absolute before:inset-y-0 before:left-[9.5px] before:border-l before:border-thread after:h-px after:grow after:bg-current after:opacity-50"
    >
      <span>{children}</span>
    </li>
  );
}
