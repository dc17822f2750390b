import { Search as SearchIcon } from "lucide-react";
import type { Ref } from "react";
import { Input, SearchField, type SearchFieldProps } from "react-aria-components";
import { cx } from "./cx.ts";
import { Keys } from "./key.tsx";

/** A field to search in what is shown. */
export function Search({
  placeholder,
  keys,
  inputRef,
  className,
  ...props
}: Omit<SearchFieldProps, "className" | "children"> & {
  placeholder: string;
  keys?: string;
  inputRef?: Ref<HTMLInputElement>;
  className?: string;
}) {
  return (
    <SearchField
      aria-label={placeholder}
      {...props}
      className={cx(
        "flex h-7 min-w-0 items-center gap-1.5 rounded-4 border border-line-strong bg-sheet pr-1.5 pl-2 text-ink-3 pointer-coarse:h-9",
        "focus-within:outline-2 focus-within:outline-offset-[-1px] focus-within:outline-focus",
        className,
      )}
    >
      <SearchIcon aria-hidden="true" className="size-4 shrink-0" />
      <Input
        {...(inputRef === undefined ? {} : { ref: inputRef })}
        placeholder={placeholder}
        className="w-full min-w-0 bg-transparent text-ink outline-none placeholder:text-ink-3 [&::-webkit-search-cancel-button]:hidden"
      />
      {keys === undefined ? null : <Keys keys={keys} />}
    </SearchField>
  );
}
