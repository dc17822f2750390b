import type { ReactNode } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";

/** What a phone has no room for, at the foot of the screen. Escape and a press beside it close it. */
export function Sheet({
  title,
  isOpen,
  onOpenChange,
  children,
}: {
  title: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  children: ReactNode;
}) {
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      isDismissable
      className="appear fixed inset-0 z-(--z-dialog) flex items-end bg-scrim"
    >
      <Modal className="max-h-[85dvh] w-full overflow-y-auto rounded-t-6 bg-raised pb-[env(safe-area-inset-bottom)] shadow-dialog">
        <Dialog className="outline-none">
          <Heading slot="title" className="px-4 pt-4 text-16 font-semibold">
            {title}
          </Heading>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
