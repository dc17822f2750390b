import type { ReactNode } from "react";
import { cx } from "./cx.ts";

/** A checkbox with its words, or with an `aria-label`. */
export function Checkbox({
  children,
  className,
  isSelected,
  isIndeterminate = false,
  isDisabled = false,
  excludeFromTabOrder = false,
  onChange,
  "aria-label": label,
}: {
  children?: ReactNode;
  className?: string;
  isSelected: boolean;
  isIndeterminate?: boolean;
  isDisabled?: boolean;
  excludeFromTabOrder?: boolean;
  onChange: (isSelected: boolean) => void;
  "aria-label"?: string;
}) {
  return (
    <label className={cx("relative inline-flex items-center gap-2", className)}>
      <input
        type="checkbox"
        ref={(input) => {
          if (input !== null) input.indeterminate = isIndeterminate;
        }}
        {...(label === undefined ? {} : { "aria-label": label })}
        {...(excludeFromTabOrder ? { tabIndex: -1 } : {})}
        checked={isSelected}
        disabled={isDisabled}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
        // A list that it is in has another use for the key.
        onKeyDown={(event) => {
          if (event.key === " ") event.stopPropagation();
        }}
        className="peer sr-only"
      />
      <span
        className={cx(
          "grid size-3.5 shrink-0 place-items-center rounded-2 border peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-focus pointer-coarse:size-5",
          isSelected || isIndeterminate
            ? "border-accent bg-accent text-on-accent"
            : "border-line-strong bg-sheet",
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
    </label>
  );
}
