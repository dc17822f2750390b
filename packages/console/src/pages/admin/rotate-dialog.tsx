import { Trans } from "@lingui/react/macro";
import { type ReactNode, useState } from "react";
import { Dialog, DialogBody } from "../../kit/dialog.tsx";
import { FormFooter } from "../../kit/form-footer.tsx";
import { RefusalBanner } from "./notices.tsx";
import { type Overlap, OverlapChoice } from "./overlap-choice.tsx";
import { useCreate } from "./use-create.ts";

type Call<Made> = Parameters<typeof useCreate<{ overlapSeconds: number }, Made>>[0];

/** Replaces a secret by a new one; the old one works on for a while. */
export function RotateDialog<Made>({
  title,
  call,
  onMade,
  onClose,
  children,
}: {
  title: string;
  call: Call<Made>;
  onMade: (made: Made) => void;
  onClose: () => void;
  /** What becomes of the old one. */
  children: ReactNode;
}) {
  const [overlap, setOverlap] = useState<Overlap>("86400");
  const rotate = useCreate<{ overlapSeconds: number }, Made>(call, onMade);
  return (
    <Dialog title={title} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <RefusalBanner error={rotate.error} onClose={() => rotate.reset()} />
      <DialogBody>
        <p className="text-ink-2">{children}</p>
        <OverlapChoice value={overlap} onChange={setOverlap} />
      </DialogBody>
      <FormFooter
        isPending={rotate.isPending}
        onPress={() => rotate.mutate({ overlapSeconds: Number(overlap) })}
        onClose={onClose}
      >
        <Trans>Rotate</Trans>
      </FormFooter>
    </Dialog>
  );
}
