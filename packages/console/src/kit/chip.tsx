import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "react-aria-components";

/** One filter: its name and value, which open its menu, and its own remove. */
export function Chip({
  name,
  value,
  opens = (button) => button,
  removeLabel,
  onPress,
  onRemove,
}: {
  name: string;
  value: ReactNode;
  /** Puts the button of the value beside a menu of others. */
  opens?: (button: ReactNode) => ReactNode;
  removeLabel: string;
  onPress?: () => void;
  onRemove: () => void;
}) {
  return (
    <span className="inline-flex h-6.5 shrink-0 rounded-4 border border-line bg-sheet text-12 whitespace-nowrap pointer-coarse:h-9">
      {opens(
        <Button
          {...(onPress === undefined ? {} : { onPress })}
          className="flex items-center gap-1 rounded-l-4 px-2 text-ink-3 hover:bg-hover hover:text-ink"
        >
          {name} <span className="cut max-w-60 font-medium text-ink">{value}</span>
        </Button>,
      )}
      <Button
        aria-label={removeLabel}
        onPress={onRemove}
        className="grid min-w-6.5 place-items-center rounded-r-4 border-l border-line text-ink-3 hover:bg-hover hover:text-ink pointer-coarse:min-w-9"
      >
        <X aria-hidden="true" className="size-3" />
      </Button>
    </span>
  );
}
