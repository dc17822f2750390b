import { type ReactNode, type RefObject, useId, useRef, useState } from "react";
import { ButtonContext, type ButtonProps } from "react-aria-components";
import type { Late } from "./late.ts";
import { MenuPlace } from "./menu-place.ts";

type Press = Parameters<NonNullable<ButtonProps["onPress"]>>[0];

/**
 * A button whose menu is loaded as one comes to it. It behaves as in a `MenuTrigger`; a press before the menu is there opens
 * it when it comes, unless the focus has gone elsewhere by then.
 */
export function LateMenu<Part>({
  from,
  menu,
  children,
}: {
  from: Late<Part>;
  /** Its `Menu`, of what was loaded. */
  menu: (part: Part) => ReactNode;
  /** The button. */
  children: ReactNode;
}) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const [part, setPart] = useState<Part>();
  const [isOpen, setOpen] = useState(false);
  const [autoFocus, setAutoFocus] = useState<"first" | "last" | true>(true);
  const isShown = isOpen && part !== undefined;

  const open = (focus: "first" | "last" | true) => {
    setAutoFocus(focus);
    setOpen(true);
    if (from.part === undefined) void from.load().then(setPart);
    else setPart(from.part);
  };
  const prefetch = () => void from.load();
  const trigger: ButtonProps & { ref: RefObject<HTMLButtonElement | null> } = {
    id: `${id}-button`,
    ref: button,
    "aria-haspopup": true,
    "aria-expanded": isOpen,
    ...(isShown ? { "aria-controls": `${id}-menu` } : {}),
    onHoverStart: prefetch,
    onFocus: prefetch,
    onBlur: () => {
      if (!isShown) setOpen(false);
    },
    // As menus of the system do: at once by a mouse or a key, and by a finger as it leaves.
    onPressStart: ({ pointerType }: Press) => {
      if (pointerType === "keyboard" || pointerType === "virtual") open("first");
      else if (pointerType !== "touch") open(true);
    },
    onPress: ({ pointerType }: Press) => {
      if (pointerType === "touch") open(true);
    },
    onKeyDown: (event) => {
      if (event.key === "ArrowDown") open("first");
      else if (event.key === "ArrowUp") open("last");
      else if (event.key === "Escape" && isOpen) setOpen(false);
      else return event.continuePropagation();
      event.preventDefault();
    },
  };
  return (
    <>
      <ButtonContext value={trigger}>{children}</ButtonContext>
      {part === undefined ? null : (
        <MenuPlace value={{ id, button, isOpen, onOpenChange: setOpen, autoFocus }}>
          {menu(part)}
        </MenuPlace>
      )}
    </>
  );
}
