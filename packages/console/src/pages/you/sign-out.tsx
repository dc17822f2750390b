import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { isSignedOut, sf } from "../../app/client.ts";
import { draftCount } from "../../app/drafts.ts";
import { useFailureText } from "../../app/failure.tsx";
import { leave } from "../../app/leave.ts";
import { useSessionOptions } from "../../app/session-options.ts";
import { Button } from "../../kit/button.tsx";
import { Dialog, DialogBody, DialogFooter } from "../../kit/dialog.tsx";
import { toast } from "../../kit/toast.tsx";

/** Ends the session of this browser and leaves nothing of the person on the device. */
export function SignOut() {
  const { t } = useLingui();
  const failureText = useFailureText();
  const { oidc } = useSessionOptions();
  const [drafts, setDrafts] = useState(0);
  const goAway = () => leave(oidc?.signOutUrl ?? undefined);
  const end = useMutation({
    mutationFn: async () => sf.session.end(),
    onSuccess: goAway,
    onError: (error) => (isSignedOut(error) ? goAway() : void toast(failureText(error))),
  });
  const ask = () => {
    const count = draftCount();
    if (count === 0) end.mutate();
    else setDrafts(count);
  };
  return (
    <>
      <Button onPress={ask} isPending={end.isPending && drafts === 0}>
        <Trans>Sign out</Trans>
      </Button>
      <Dialog
        title={t`Sign out and discard drafts?`}
        role="alertdialog"
        isOpen={drafts > 0}
        onOpenChange={(isOpen) => {
          if (!isOpen) setDrafts(0);
        }}
      >
        {(close) => (
          <>
            <DialogBody>
              <p className="text-ink-2">
                <Plural
                  value={drafts}
                  one="# text is not sent yet."
                  other="# texts are not sent yet."
                />{" "}
                <Trans>Signing out leaves nothing of yours on this device.</Trans>
              </p>
            </DialogBody>
            <DialogFooter>
              <Button kind="quiet" onPress={close} autoFocus>
                <Trans>Stay</Trans>
              </Button>
              <Button kind="danger" isPending={end.isPending} onPress={() => end.mutate()}>
                <Trans>Sign out</Trans>
              </Button>
            </DialogFooter>
          </>
        )}
      </Dialog>
    </>
  );
}
