import { useLingui } from "@lingui/react/macro";
import { Check } from "lucide-react";
import { type ReactNode, use } from "react";
import {
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  Autocomplete,
  type MenuItemProps,
  type MenuProps,
  MenuTrigger,
  Popover,
  type PopoverProps,
  useFilter,
} from "react-aria-components";
import { cx } from "./cx.ts";
import { FilterField } from "./filter-field.tsx";
import { Keys } from "./key.tsx";
import { MenuPlace } from "./menu-place.ts";

export { MenuTrigger };

const popShape = "appear rounded-6 bg-raised p-1 shadow-pop outline-none";

/** With more items than these a menu is searched. */
export const MANY = 12;

/** A menu of commands or of values. Put it beside its button in a `MenuTrigger`, or load it by a `LateMenu`. */
export function Menu<Item extends object>({
  placement = "bottom start",
  isSearched = false,
  ...props
}: Omit<MenuProps<Item>, "className" | "style"> &
  Pick<PopoverProps, "placement"> & {
    /** Whether a field above the items finds among them. */
    isSearched?: boolean;
  }) {
  const { t } = useLingui();
  const { contains } = useFilter({ sensitivity: "base" });
  const place = use(MenuPlace);
  const labelled = place === undefined ? {} : { "aria-labelledby": `${place.id}-button` };
  const placed =
    place === undefined
      ? props
      : { ...props, ...labelled, id: `${place.id}-menu`, autoFocus: place.autoFocus };
  const popover = (
    <Popover
      {...(place === undefined ? {} : { ...labelled, triggerRef: place.button })}
      placement={placement}
      offset={4}
      className={cx(popShape, "max-h-96 min-w-44 overflow-auto")}
    >
      {isSearched ? (
        <Autocomplete filter={contains}>
          <FilterField placeholder={t`Find`} autoFocus className="sticky top-0 z-1 mb-1" />
          <AriaMenu
            {...placed}
            renderEmptyState={() => <p className="px-2 py-1 text-ink-2">{t`Nothing found.`}</p>}
            className="outline-none"
          />
        </Autocomplete>
      ) : (
        <AriaMenu {...placed} className="outline-none" />
      )}
    </Popover>
  );
  if (place === undefined) return popover;
  return (
    <MenuTrigger isOpen={place.isOpen} onOpenChange={place.onOpenChange}>
      {/* Its submenus open beside their items. */}
      <MenuPlace value={undefined}>{popover}</MenuPlace>
    </MenuTrigger>
  );
}

export function MenuItem({
  children,
  consequence,
  keys,
  ...props
}: Omit<MenuItemProps, "className" | "children" | "style"> & {
  children: ReactNode;
  /** Under the words: what choosing it leads to, or why it is refused. */
  consequence?: string | undefined;
  keys?: string;
}) {
  return (
    <AriaMenuItem
      {...props}
      className="group flex min-h-7 items-center gap-2 rounded-2 px-2 py-1 outline-none data-focused:bg-selected data-disabled:text-ink-3 pointer-coarse:min-h-11"
    >
      {({ isSelected, selectionMode }) => (
        <>
          {selectionMode === "none" ? null : (
            <Check
              aria-hidden="true"
              className={cx("size-3.5 shrink-0", !isSelected && "invisible")}
            />
          )}
          <span className="grid min-w-0">
            <span className="flex items-center gap-2">{children}</span>
            {consequence === undefined ? null : (
              <span className="text-12 text-ink-3">{consequence}</span>
            )}
          </span>
          {keys === undefined ? null : <Keys keys={keys} className="ml-auto pl-4" />}
        </>
      )}
    </AriaMenuItem>
  );
}
