import { createContext, type RefObject } from "react";

/** Where a menu opens that its button does without. */
export const MenuPlace = createContext<
  | {
      /** Of the button with `-button`, and of the menu with `-menu`. */
      id: string;
      button: RefObject<HTMLButtonElement | null>;
      isOpen: boolean;
      onOpenChange: (isOpen: boolean) => void;
      autoFocus: "first" | "last" | true;
    }
  | undefined
>(undefined);
