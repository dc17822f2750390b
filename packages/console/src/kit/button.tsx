import { type ReactNode, type Ref, useId } from "react";
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components";
import { cx } from "./cx.ts";
import { Keys } from "./key.tsx";

type ButtonKind = "primary" | "plain" | "quiet" | "danger" | "note";
export type ButtonSize = "sm" | "md" | "lg";

export interface ButtonProps extends Omit<AriaButtonProps, "className" | "style" | "children"> {
  kind?: ButtonKind;
  size?: ButtonSize;
  /** Shown beside the words. */
  keys?: string;
  /** A square button with an icon alone; it needs an `aria-label`. */
  icon?: boolean;
  className?: string;
  ref?: Ref<HTMLButtonElement>;
  children: ReactNode;
}

const KINDS: Record<ButtonKind, string> = {
  primary: "border-accent bg-accent text-on-accent hover:border-accent-hover hover:bg-accent-hover",
  plain: "border-thread bg-sheet text-ink hover:bg-hover",
  quiet: "border-transparent bg-transparent text-ink-2 hover:bg-hover hover:text-ink",
  danger:
    "border-danger-fill bg-danger-fill text-on-danger hover:border-danger-hover hover:bg-danger-hover",
  note: "border-note-fill bg-note-fill text-on-note",
};

const SIZES: Record<ButtonSize, string> = {
  sm: "h-6 px-2 text-12",
  md: "h-7 px-2.5 pointer-coarse:h-9",
  lg: "h-9 px-3.5 pointer-coarse:h-11",
};

const WIDTHS: Record<ButtonSize, string> = { sm: "w-6", md: "w-7", lg: "w-9" };

export const buttonShape =
  "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-4 border font-medium whitespace-nowrap hover-motion [&_svg]:shrink-0";

/** A button. There is one primary button in a view. */
export function Button({
  kind = "plain",
  size = "md",
  keys,
  icon = false,
  className,
  children,
  isPending = false,
  onPress,
  type,
  ...props
}: ButtonProps) {
  // Not React Aria's own `isPending`: what it announces by has no name any more when the call has ended.
  const pressed = isPending ? { type: "button" as const } : { type: type ?? "button", onPress };
  return (
    <AriaButton
      {...props}
      {...(pressed as Pick<AriaButtonProps, "type" | "onPress">)}
      data-busy={isPending || undefined}
      className={cx(
        buttonShape,
        "data-busy:opacity-60",
        KINDS[kind],
        SIZES[size],
        icon && `${WIDTHS[size]} px-0!`,
        keys !== undefined && "pr-1.5",
        "disabled:opacity-60",
        className,
      )}
    >
      {children}
      {isPending ? <Busy /> : keys === undefined ? null : <Keys keys={keys} />}
    </AriaButton>
  );
}

/** A call is on its way: the only thing that turns, and only in the button that was pressed. */
function Busy() {
  return (
    <span
      aria-hidden="true"
      className="size-3 shrink-0 animate-spin rounded-full border-2 border-current border-t-transparent motion-reduce:animate-none"
    />
  );
}

/** A command that is refused now. It stays in the order of focus, and its reason stands under it. */
export function RefusedButton({
  reason,
  size = "md",
  className,
  children,
}: {
  reason: string;
  size?: ButtonSize;
  className?: string;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <>
      <button
        type="button"
        aria-disabled="true"
        aria-describedby={id}
        className={cx(
          buttonShape,
          SIZES[size],
          "border-dashed border-line-strong bg-transparent text-ink-3",
          className,
        )}
      >
        {children}
      </button>
      <span id={id} data-reason="" className="basis-full text-12 text-pretty text-ink-3">
        {reason}
      </span>
    </>
  );
}
