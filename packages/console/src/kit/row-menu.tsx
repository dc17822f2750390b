import { useLingui } from "@lingui/react/macro";
import { Ellipsis } from "lucide-react";
import type { ComponentProps } from "react";
import { Button } from "./button.tsx";
import { Menu, MenuTrigger } from "./menu.tsx";

/** The commands of a row, by a button at its end. */
export function RowMenu<Item extends object>({
  name,
  ...props
}: Omit<ComponentProps<typeof Menu<Item>>, "aria-label" | "placement"> & {
  /** What the row is of. */
  name: string;
}) {
  const { t } = useLingui();
  return (
    <MenuTrigger>
      <Button kind="quiet" size="sm" icon aria-label={t`Commands for ${name}`}>
        <Ellipsis aria-hidden="true" className="size-4" />
      </Button>
      <Menu {...props} aria-label={name} placement="bottom end" />
    </MenuTrigger>
  );
}
