import { type ReactNode, useEffect, useState } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { cx } from "./cx.ts";

export interface DialogProps {
  title: string;
  /** Without it the dialog is opened by its `DialogTrigger`. */
  isOpen?: boolean;
  onOpenChange?: (isOpen: boolean) => void;
  role?: "dialog" | "alertdialog";
  wide?: boolean;
  /** Closes by its buttons alone, not by Escape or a press outside. */
  mustAnswer?: boolean;
  children: ReactNode | ((close: () => void) => ReactNode);
}

/** A question that holds up everything else. Escape closes it, and the focus returns. */
export function Dialog({
  title,
  role = "dialog",
  wide = false,
  mustAnswer = false,
  children,
  ...open
}: DialogProps) {
  return (
    <ModalOverlay
      {...open}
      isDismissable={!mustAnswer}
      isKeyboardDismissDisabled={mustAnswer}
      className="appear fixed inset-0 z-(--z-dialog) grid items-start justify-items-center overflow-auto bg-scrim px-3 pt-[12vh] pb-6"
    >
      <Modal
        className={cx("w-full rounded-6 bg-raised shadow-dialog", wide ? "max-w-180" : "max-w-140")}
      >
        <FocusReturn />
        <AriaDialog role={role} className="outline-none">
          {({ close }) => (
            <>
              <Heading
                slot="title"
                className="px-5 pt-4 text-16 font-semibold [overflow-wrap:anywhere]"
              >
                {title}
              </Heading>
              {typeof children === "function" ? children(close) : children}
            </>
          )}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** What had the focus last outside of all that floats: of a menu its button, and not its item. */
let lastInPage: HTMLElement | null = null;
document.addEventListener("focusin", ({ target }) => {
  if (!(target instanceof HTMLElement)) return;
  if (target.closest("[role=menu], [role=listbox], [role=dialog], [role=alertdialog]") === null) {
    lastInPage = target;
  }
});

/** React Aria gives the focus back to what had it when the dialog opened, but the item of a menu is gone by then. */
function FocusReturn() {
  const [opener] = useState(lastInPage);
  useEffect(
    () => () => {
      // React Aria needs a frame.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          const { activeElement } = document;
          if (activeElement === null || activeElement === document.body) opener?.focus();
        }),
      );
    },
    [opener],
  );
  return null;
}

export function DialogBody({ children }: { children: ReactNode }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3 px-5 pt-2 pb-4 [overflow-wrap:anywhere]">
      {children}
    </div>
  );
}

export function DialogFooter({ children }: { children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-5 py-3">
      {children}
    </div>
  );
}
