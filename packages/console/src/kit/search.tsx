import { Search as SearchIcon } from "lucide-react";
import type { KeyboardEvent, Ref } from "react";
import { cx } from "./cx.ts";
import { Keys } from "./key.tsx";

export const searchShape = cx(
  "flex h-7 min-w-0 items-center gap-1.5 rounded-4 border border-line-strong bg-sheet pr-1.5 pl-2 text-ink-3 pointer-coarse:h-9",
  "focus-within:outline-2 focus-within:outline-offset-[-1px] focus-within:outline-focus",
);
export const searchInputShape =
  "w-full min-w-0 bg-transparent text-ink outline-none placeholder:text-ink-3 [&::-webkit-search-cancel-button]:hidden";

/** A field whose words are searched with Enter. Escape empties it. */
export function Search({
  placeholder,
  keys,
  inputRef,
  className,
  value,
  onChange,
  onSubmit,
  onClear,
  onBlur,
}: {
  placeholder: string;
  keys?: string;
  inputRef?: Ref<HTMLInputElement>;
  className?: string;
  value: string;
  onChange: (value: string) => void;
  onSubmit: (value: string) => void;
  onClear?: () => void;
  onBlur?: () => void;
}) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") onSubmit(value);
    else if (event.key === "Escape" && value !== "") {
      onChange("");
      onClear?.();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={cx(searchShape, className)}>
      <SearchIcon aria-hidden="true" className="size-4 shrink-0" />
      <input
        type="search"
        {...(inputRef === undefined ? {} : { ref: inputRef })}
        aria-label={placeholder}
        placeholder={placeholder}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
        onKeyDown={onKeyDown}
        {...(onBlur === undefined ? {} : { onBlur })}
        className={searchInputShape}
      />
      {keys === undefined ? null : <Keys keys={keys} />}
    </div>
  );
}
