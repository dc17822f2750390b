import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "react-aria-components";

/** One filter: its name and value, which open it, and its own remove. */
export function Chip({
  name,
  value,
  removeLabel,
  onPress,
  onRemove,
}: {
  name: string;
  value: ReactNode;
  removeLabel: string;
  onPress?: () => void;
  onRemove: () => void;
}) {
  return (
    <span className="inline-flex h-6.5 items-stretch rounded-4 border border-line bg-sheet text-12 whitespace-nowrap">
      <Button
        {...(onPress === undefined ? {} : { onPress })}
        className="flex items-center gap-1 rounded-l-4 px-2 text-ink-3 hover:bg-hover hover:text-ink"
      >
        {name} <span className="font-medium text-ink">{value}</span>
      </Button>
      <Button
        aria-label={removeLabel}
        onPress={onRemove}
        className="grid min-w-6.5 place-items-center rounded-r-4 border-l border-line text-ink-3 hover:bg-hover hover:text-ink"
      >
        <X aria-hidden="true" className="size-3" />
      </Button>
    </span>
  );
}
