import { useLingui } from "@lingui/react/macro";
import { SubmenuTrigger } from "react-aria-components";
import { setAppearance } from "../../app/appearance.ts";
import { useAppearance } from "../../app/use-appearance.ts";
import { MANY, Menu, MenuItem } from "../../kit/menu.tsx";
import type { FilterOptions, Sort } from "./inbox-search.ts";

interface Choice {
  filter: FilterOptions;
  chosen: string[];
  onChange: (values: string[]) => void;
}

/** The values of each filter. */
export function FilterMenu({ choices }: { choices: Choice[] }) {
  const { t } = useLingui();
  return (
    <Menu aria-label={t`Filter`}>
      {choices.map((choice) => (
        <SubmenuTrigger key={choice.filter.id}>
          <MenuItem>{choice.filter.name}</MenuItem>
          <OptionsMenu {...choice} />
        </SubmenuTrigger>
      ))}
    </Menu>
  );
}

/** The values of one filter. */
export function OptionsMenu({ filter, chosen, onChange }: Choice) {
  return (
    <Menu
      aria-label={filter.name}
      isSearched={filter.options.length > MANY}
      selectionMode={filter.id === "days" || filter.id === "unread" ? "single" : "multiple"}
      selectedKeys={chosen}
      onSelectionChange={(keys) => onChange([...keys].map(String))}
    >
      {filter.options.map(({ id, label }) => (
        <MenuItem key={id} id={id} textValue={label}>
          {label}
        </MenuItem>
      ))}
    </Menu>
  );
}

export function OrderMenu({
  orders,
  chosen,
  onChange,
}: {
  orders: { id: Sort; label: string }[];
  chosen: Sort;
  onChange: (sort: Sort) => void;
}) {
  const { t } = useLingui();
  return (
    <Menu
      aria-label={t`Order`}
      placement="bottom end"
      selectionMode="single"
      selectedKeys={[chosen]}
      onSelectionChange={(keys) => onChange([...keys][0] as Sort)}
    >
      {orders.map(({ id, label }) => (
        <MenuItem key={id} id={id}>
          {label}
        </MenuItem>
      ))}
    </Menu>
  );
}

export function RowHeightMenu() {
  const { t } = useLingui();
  const { density } = useAppearance();
  return (
    <Menu
      aria-label={t`Row height`}
      placement="bottom end"
      selectionMode="single"
      selectedKeys={[density ?? "compact"]}
      onSelectionChange={(keys) =>
        setAppearance({ density: [...keys][0] as "compact" | "comfortable" })
      }
    >
      <MenuItem id="compact">{t`Compact`}</MenuItem>
      <MenuItem id="comfortable">{t`Comfortable`}</MenuItem>
    </Menu>
  );
}
