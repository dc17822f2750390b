import type { ReactNode } from "react";
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
