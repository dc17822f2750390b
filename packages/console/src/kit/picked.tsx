import { ChevronDown } from "lucide-react";
import { useId } from "react";
import { Button } from "react-aria-components";
import { labelShape } from "./field.tsx";
import { Menu, MenuItem, MenuTrigger } from "./menu.tsx";

/** One of many, found by its name. */
export function Picked({
  label,
  options,
  value,
  onChange,
}: {
  label: string;
  options: readonly { id: string; words: string }[];
  value: string | undefined;
  onChange: (id: string) => void;
}) {
  const id = useId();
  return (
    <div className="grid gap-1">
      <span id={id} className={labelShape}>
        {label}
      </span>
      <MenuTrigger>
        <Button
          id={`${id}-value`}
          aria-labelledby={`${id} ${id}-value`}
          className="flex h-9 items-center gap-1.5 rounded-4 border border-line-strong bg-sheet px-2.5 text-left pointer-coarse:h-11"
        >
          <span className="cut grow">{options.find((one) => one.id === value)?.words}</span>
          <ChevronDown aria-hidden="true" className="size-4 shrink-0 text-ink-3" />
        </Button>
        <Menu
          aria-label={label}
          isSearched
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={value === undefined ? [] : [value]}
          onSelectionChange={(keys) => onChange(String([...keys][0]))}
        >
          {options.map((one) => (
            <MenuItem key={one.id} id={one.id} textValue={one.words}>
              {one.words}
            </MenuItem>
          ))}
        </Menu>
      </MenuTrigger>
    </div>
  );
}
