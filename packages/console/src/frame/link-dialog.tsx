import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { atOnce } from "../app/client.ts";
import { draftCount } from "../app/drafts.ts";
import { leave } from "../app/leave.ts";
import { forgetLinkCode } from "../app/link-code.ts";
import { useMe } from "../app/session.tsx";
import { Banner } from "../kit/banner.tsx";
import { Button } from "../kit/button.tsx";
import { Dialog, DialogBody, DialogFooter } from "../kit/dialog.tsx";
import { useSignInWords } from "../pages/sign-in/sign-in-words.ts";

/** Anybody can send a link that signs in as themself: one who is signed in is asked first. */
export function LinkDialog({ code }: { code: string }) {
  const { t } = useLingui();
  const me = useMe();
  const words = useSignInWords();
  const drafts = draftCount();
  const follow = useMutation({
    mutationFn: async () => atOnce.session.start({ code }),
    onSuccess: () => leave(),
  });
  return (
    <Dialog
      title={t`Sign in by this link?`}
      role="alertdialog"
      isOpen
      onOpenChange={(isOpen) => {
        if (!isOpen) forgetLinkCode();
      }}
    >
      {(close) => (
        <>
          {follow.isError ? <Banner kind="bad">{words(follow.error, "code")}</Banner> : null}
          <DialogBody>
            <p className="text-ink-2">
              <Trans>
                You’re signed in as {me.fullName}. The link signs this browser in as the person it
                was made for.
              </Trans>{" "}
              {drafts === 0 ? null : (
                <Plural
                  value={drafts}
                  one="# text is not sent yet, and would be discarded."
                  other="# texts are not sent yet, and would be discarded."
                />
              )}
            </p>
          </DialogBody>
          <DialogFooter>
            <Button kind="quiet" onPress={close} autoFocus>
              <Trans>Stay</Trans>
            </Button>
            <Button kind="primary" isPending={follow.isPending} onPress={() => follow.mutate()}>
              <Trans>Sign in by the link</Trans>
            </Button>
          </DialogFooter>
        </>
      )}
    </Dialog>
  );
}
