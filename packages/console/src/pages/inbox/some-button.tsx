import type { ReactNode } from "react";
import { Button, type ButtonProps, buttonShape } from "../../kit/button.tsx";
import { cx } from "../../kit/cx.ts";

/** A command on those that allow it. With none it is refused, and what describes it says why. */
export function SomeButton({
  allowed,
  describedBy,
  children,
  ...props
}: ButtonProps & { allowed: number; describedBy: string; children: ReactNode }) {
  if (allowed > 0) return <Button {...props}>{children}</Button>;
  return (
    <button
      type="button"
      aria-disabled="true"
      aria-describedby={describedBy}
      className={cx(
        buttonShape,
        "h-7 border-dashed border-line-strong bg-transparent px-2.5 text-ink-3 pointer-coarse:h-9",
      )}
    >
      {children}
    </button>
  );
}
