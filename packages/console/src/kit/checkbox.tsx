import type { ReactNode } from "react";
import { Checkbox as AriaCheckbox, type CheckboxProps } from "react-aria-components";
import { cx } from "./cx.ts";

/** A checkbox with its words, or with an `aria-label`. */
export function Checkbox({
  children,
  className,
  ...props
}: Omit<CheckboxProps, "className" | "children"> & { children?: ReactNode; className?: string }) {
  return (
    <AriaCheckbox {...props} className={cx("inline-flex items-center gap-2", className)}>
      {({ isSelected, isIndeterminate, isFocusVisible }) => (
        <>
          <span
            className={cx(
              "grid size-3.5 shrink-0 place-items-center rounded-2 border pointer-coarse:size-5",
              isSelected || isIndeterminate
                ? "border-accent bg-accent text-on-accent"
                : "border-line-strong bg-sheet",
              isFocusVisible && "outline-2 outline-offset-2 outline-focus",
            )}
          >
            {isIndeterminate ? (
              <svg viewBox="0 0 12 12" aria-hidden="true" className="size-2.5">
                <path d="M2 6h8" stroke="currentColor" strokeWidth="1.75" />
              </svg>
            ) : isSelected ? (
              <svg viewBox="0 0 12 12" aria-hidden="true" className="size-3">
                <path
                  d="M2.5 6.2l2.4 2.4L9.5 3.8"
                  fill="none"
                  stroke="currentColor"
                  strokeWidth="1.75"
                />
              </svg>
            ) : null}
          </span>
          {children}
        </>
      )}
    </AriaCheckbox>
  );
}
