import { Trans, useLingui } from "@lingui/react/macro";
import type { ApiKey } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { sf } from "../../app/client.ts";
import { useMe } from "../../app/session.tsx";
import { toast } from "../../kit/toast.tsx";
import { ConfirmDialog } from "../admin/confirm-dialog.tsx";
import { RefusalBanner } from "../admin/notices.tsx";
import { refreshKeys } from "./use-keys.ts";

/** Ends a key at once. */
export function RevokeKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useLingui();
  const me = useMe();
  const { id, name } = apiKey;
  const revoke = useMutation({
    mutationFn: async () => sf.apiKeys.revoke(id),
    onSuccess: () => {
      refreshKeys();
      toast(t`${name} is revoked.`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={t`Revoke ${name}`}
      act={t`Revoke`}
      rehearsal={{ key: ["revoke", id], run: () => sf.apiKeys.revoke(id, { dryRun: true }) }}
      notices={<RefusalBanner error={revoke.error} onClose={() => revoke.reset()} />}
      isPending={revoke.isPending}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      <p>
        <Trans>
          Programs that use it are refused with their next call. Sessions that were started with it
          end.
        </Trans>
      </p>
      {id === me.callingKey.id ? (
        <p className="font-medium text-danger">
          <Trans>You are signed in with it: this ends your session.</Trans>
        </p>
      ) : null}
    </ConfirmDialog>
  );
}
