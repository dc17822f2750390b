import { CircleAlert } from "lucide-react";
import type { FormEvent, ReactNode } from "react";
import {
  TextField as AriaTextField,
  FieldError,
  Input,
  Label,
  Text,
  TextArea,
  type TextFieldProps,
} from "react-aria-components";
import { cx } from "./cx.ts";

const inputShape =
  "w-full rounded-4 border border-line-strong bg-sheet text-ink placeholder:text-ink-3 data-invalid:border-danger data-invalid:inset-ring data-invalid:inset-ring-danger focus-visible:outline-offset-[-1px]";
export const labelShape = "text-12 font-medium text-ink-2";

interface Described {
  label: string;
  /** Stands under the field. */
  hint?: ReactNode;
}

export interface FieldProps extends Omit<TextFieldProps, "className" | "children">, Described {
  placeholder?: string;
  /** More than one: a text area. */
  rows?: number;
  className?: string;
  inputClassName?: string;
}

/** A labelled field of text. The server's errors arrive by the form's `validationErrors`, under the field's `name`. */
export function Field({
  label,
  hint,
  placeholder,
  rows = 1,
  className,
  inputClassName,
  ...props
}: FieldProps) {
  return (
    <AriaTextField {...props} className={cx("grid gap-1", className)}>
      <Label className={labelShape}>{label}</Label>
      {rows === 1 ? (
        <Input
          onInput={settle}
          {...(placeholder === undefined ? {} : { placeholder })}
          className={cx(inputShape, "h-9 px-2.5 pointer-coarse:h-11", inputClassName)}
        />
      ) : (
        <TextArea
          rows={rows}
          onInput={settle}
          {...(placeholder === undefined ? {} : { placeholder })}
          className={cx(inputShape, "block resize-y px-2.5 py-2 text-14", inputClassName)}
        />
      )}
      <Described hint={hint} />
    </AriaTextField>
  );
}

/**
 * What the server said of a text is no longer said of another one. It would go only as the field is left: what is below would
 * move from under the press on it.
 */
function settle({ currentTarget }: FormEvent<HTMLInputElement | HTMLTextAreaElement>): void {
  if (!currentTarget.validity.customError) return;
  currentTarget.dispatchEvent(new Event("change", { bubbles: true }));
}

/** What stands under a field: its error and its hint. */
export function Described({ hint }: { hint?: ReactNode }) {
  return (
    <>
      <FieldError className="flex gap-1 text-12 text-pretty text-danger">
        {({ validationErrors }) => (
          <>
            <CircleAlert aria-hidden="true" className="mt-px size-3.5 shrink-0" />
            {validationErrors.join(" ")}
          </>
        )}
      </FieldError>
      {hint === undefined ? null : (
        <Text slot="description" className="text-12 text-ink-3">
          {hint}
        </Text>
      )}
    </>
  );
}
