import { Trans, useLingui } from "@lingui/react/macro";
import type { ApiKeyWithSecret } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { sf } from "../../app/client.ts";
import { Button } from "../../kit/button.tsx";
import { Time } from "../../kit/time.tsx";
import { toast } from "../../kit/toast.tsx";
import { Fact } from "../admin/facts.tsx";
import { useRefusalText } from "../admin/refusal-text.ts";
import { SecretDialog } from "../admin/secret-dialog.tsx";
import type { KeyOwner } from "./key-owner.ts";
import { SCOPE_WORDS } from "./scope-words.ts";
import { refreshKeys } from "./use-keys.ts";

/** A new key, the only time that it is shown. */
export function RevealKey({
  made,
  owner,
  onClose,
}: {
  made: ApiKeyWithSecret;
  owner: KeyOwner;
  onClose: () => void;
}) {
  const { t, i18n } = useLingui();
  const refusalText = useRefusalText();
  const { name } = made;
  const revoke = useMutation({
    mutationFn: async () => sf.apiKeys.revoke(made.id),
    onSuccess: () => {
      refreshKeys();
      toast(t`${name} is revoked.`);
      onClose();
    },
    onError: (error) => toast(refusalText(error)),
  });
  return (
    <SecretDialog
      title={t`Key for ${name}`}
      secret={made.apiKey}
      facts={
        <>
          <Fact name={t`Scopes`}>
            {made.scopes.map((scope) => i18n._(SCOPE_WORDS[scope]?.name ?? scope)).join(", ")}
          </Fact>
          <Fact name={t`Acts as`}>{owner.fullName}</Fact>
          <Fact name={t`Expires`}>
            {made.expiresAt === null ? t`never` : <Time iso={made.expiresAt} form="clock" />}
          </Fact>
        </>
      }
      undo={
        <Button kind="quiet" isPending={revoke.isPending} onPress={() => revoke.mutate()}>
          <Trans>Revoke it</Trans>
        </Button>
      }
      onClose={onClose}
    />
  );
}
