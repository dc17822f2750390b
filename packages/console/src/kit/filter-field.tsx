import { Search as SearchIcon } from "lucide-react";
import { Input, SearchField, type SearchFieldProps } from "react-aria-components";
import { cx } from "./cx.ts";
import { searchInputShape, searchShape } from "./search.tsx";

/** A field that finds among the items below it as one types. */
export function FilterField({
  placeholder,
  className,
  ...props
}: Omit<SearchFieldProps, "className" | "children"> & {
  placeholder: string;
  className?: string;
}) {
  return (
    <SearchField aria-label={placeholder} {...props} className={cx(searchShape, className)}>
      <SearchIcon aria-hidden="true" className="size-4 shrink-0" />
      <Input placeholder={placeholder} className={searchInputShape} />
    </SearchField>
  );
}
