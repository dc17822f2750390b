import { Trans, useLingui } from "@lingui/react/macro";
import type { ApiKey, ApiKeyWithSecret, RotateKeyInput } from "@serviceflow/sdk";
import { useState } from "react";
import { sf } from "../../app/client.ts";
import { Button } from "../../kit/button.tsx";
import { Dialog, DialogBody, DialogFooter } from "../../kit/dialog.tsx";
import { RefusalBanner } from "../admin/notices.tsx";
import { type Overlap, OverlapChoice } from "../admin/overlap-choice.tsx";
import { useCreate } from "../admin/use-create.ts";
import { refreshKeys } from "./use-keys.ts";

/** Replaces a key by a new one of the same name and scopes. */
export function RotateKey({
  apiKey,
  onMade,
  onClose,
}: {
  apiKey: ApiKey;
  onMade: (key: ApiKeyWithSecret) => void;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const [overlap, setOverlap] = useState<Overlap>("86400");
  const { name } = apiKey;
  const rotate = useCreate<RotateKeyInput, ApiKeyWithSecret>(
    (input, options) => sf.apiKeys.rotate(apiKey.id, input, options),
    (made) => {
      refreshKeys();
      onMade(made);
    },
  );
  return (
    <Dialog title={t`Rotate ${name}`} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <RefusalBanner error={rotate.error} onClose={() => rotate.reset()} />
      <DialogBody>
        <p className="text-ink-2">
          <Trans>You get a new key with the same name, scopes and expiry. It is shown once.</Trans>
        </p>
        <OverlapChoice value={overlap} onChange={setOverlap} />
      </DialogBody>
      <DialogFooter>
        <Button kind="quiet" onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
        <Button
          kind="primary"
          isPending={rotate.isPending}
          onPress={() => rotate.mutate({ overlapSeconds: Number(overlap) })}
        >
          <Trans>Rotate</Trans>
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
