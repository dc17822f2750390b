import { Trans, useLingui } from "@lingui/react/macro";
import type { ApiKey, ApiKeyWithSecret } from "@serviceflow/sdk";
import { sf } from "../../app/client.ts";
import { RotateDialog } from "../admin/rotate-dialog.tsx";
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
  const { name } = apiKey;
  return (
    <RotateDialog<ApiKeyWithSecret>
      title={t`Rotate ${name}`}
      call={(input, options) => sf.apiKeys.rotate(apiKey.id, input, options)}
      onMade={(made) => {
        refreshKeys();
        onMade(made);
      }}
      onClose={onClose}
    >
      <Trans>You get a new key with the same name, scopes and expiry. It is shown once.</Trans>
    </RotateDialog>
  );
}
