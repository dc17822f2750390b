import { Trans, useLingui } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { sf } from "../../app/client.ts";
import { useMe } from "../../app/session.tsx";
import { Button } from "../../kit/button.tsx";
import { toast } from "../../kit/toast.tsx";
import { ConfirmDialog } from "../admin/confirm-dialog.tsx";
import { RefusalBanner } from "../admin/notices.tsx";
import type { KeyOwner } from "./key-owner.ts";
import { refreshKeys } from "./use-keys.ts";

/** Ends all keys and sessions of a person, of one’s own all others. */
export function RevokeAll({ owner }: { owner: KeyOwner }) {
  const { t } = useLingui();
  const me = useMe();
  const [open, setOpen] = useState(false);
  const input = { keepCallingKey: owner.id === me.id };
  const revoke = useMutation({
    mutationFn: async () => sf.apiKeys.revokeAllOf(owner.id, input),
    onSuccess: ({ revoked }) => {
      refreshKeys();
      toast(t`Keys and sessions ended: ${revoked}.`);
      setOpen(false);
    },
  });
  const { fullName } = owner;
  return (
    <>
      <Button className="justify-self-start" onPress={() => setOpen(true)}>
        <Trans>End all keys and sessions…</Trans>
      </Button>
      {open ? (
        <ConfirmDialog
          title={t`End all keys and sessions of ${fullName}`}
          act={t`End all`}
          rehearsal={{
            key: ["revoke-all", owner.id],
            run: () => sf.apiKeys.revokeAllOf(owner.id, input, { dryRun: true }),
          }}
          notices={<RefusalBanner error={revoke.error} onClose={() => revoke.reset()} />}
          isPending={revoke.isPending}
          onConfirm={() => revoke.mutate()}
          onClose={() => setOpen(false)}
        >
          <p>
            {owner.id === me.id ? (
              <Trans>
                Every other browser is signed out and every program refused. What you are signed in
                with goes on.
              </Trans>
            ) : (
              <Trans>
                Every browser is signed out and every program refused with the next call.
              </Trans>
            )}
          </p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}
