import type { ReactNode } from "react";
import { Label, Radio, RadioGroup, type RadioGroupProps } from "react-aria-components";
import { cx } from "./cx.ts";
import { Described, labelShape } from "./field.tsx";

export interface ChoiceProps<Value extends string>
  extends Omit<RadioGroupProps, "className" | "children" | "onChange" | "value"> {
  label: string;
  hint?: ReactNode;
  options: readonly { value: Value; label: ReactNode }[];
  value?: Value;
  onChange?: (value: Value) => void;
}

/** One of a few, drawn as one strip. */
export function Choice<Value extends string>({
  label,
  hint,
  options,
  onChange,
  ...props
}: ChoiceProps<Value>) {
  return (
    <RadioGroup {...props} onChange={(value) => onChange?.(value as Value)} className="grid gap-1">
      <Label className={labelShape}>{label}</Label>
      <div
        className={cx(
          "overflow-hidden rounded-4 border border-line-strong bg-sheet",
          options.length < 4
            ? "grid auto-cols-[1fr] grid-flow-col"
            : options.length === 4
              ? "grid grid-cols-2 tablet:auto-cols-[1fr] tablet:grid-flow-col tablet:grid-cols-none"
              : "grid grid-cols-[repeat(auto-fit,minmax(6rem,1fr))]",
        )}
      >
        {options.map((option) => (
          <Radio
            key={option.value}
            value={option.value}
            className={cx(
              "-mr-px -mb-px flex items-center justify-center gap-1.5 border-r border-b border-line px-2 font-medium text-ink-2",
              options.length > 4
                ? "min-h-8.75 py-1 text-center wrap-anywhere pointer-coarse:min-h-11"
                : "h-8.75 whitespace-nowrap pointer-coarse:h-11",
              "data-selected:bg-accent-tint data-selected:text-ink data-selected:shadow-[inset_0_-2px_var(--color-accent)]",
              "data-focus-visible:outline-2 data-focus-visible:outline-offset-[-2px] data-focus-visible:outline-focus",
            )}
          >
            {option.label}
          </Radio>
        ))}
      </div>
      <Described hint={hint} />
    </RadioGroup>
  );
}
