import { Trans, useLingui } from "@lingui/react/macro";
import type { OneTimeCode, OneTimeCodeWithSecret, User } from "@serviceflow/sdk";
import { useState } from "react";
import { sf } from "../../app/client.ts";
import { Dialog, DialogBody } from "../../kit/dialog.tsx";
import { FormFooter } from "../../kit/form-footer.tsx";
import { RefusalBanner } from "../admin/notices.tsx";
import { useCreate } from "../admin/use-create.ts";
import { refreshCodes } from "../keys/use-keys.ts";
import { Invitation } from "./invitation.tsx";
import { invitationLink } from "./welcome.ts";

/** Gives a person another way in, such as on a new computer. */
export function InvitePerson({
  person,
  replaced,
  onClose,
}: {
  person: User;
  /** A link that the new one takes the place of. */
  replaced?: OneTimeCode | undefined;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const [made, setMade] = useState<OneTimeCodeWithSecret>();
  const { fullName } = person;
  const invite = useCreate<{ purpose: "SESSION" }, OneTimeCodeWithSecret>(
    async (input, options) => {
      const issued = await sf.codes.issueFor(person.id, input, options);
      // One that was used or revoked meanwhile is gone as well.
      if (replaced !== undefined) await sf.codes.revoke(replaced.id).catch(() => {});
      return issued;
    },
    (issued) => {
      refreshCodes();
      setMade(issued);
    },
  );
  if (made !== undefined) {
    return (
      <Invitation
        person={person}
        link={invitationLink(made.code, location.origin)}
        expiresAt={made.expiresAt}
        onClose={onClose}
      />
    );
  }
  return (
    <Dialog title={t`Invite ${fullName}`} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <RefusalBanner error={invite.error} onClose={() => invite.reset()} />
      <DialogBody>
        <p className="text-ink-2">
          <Trans>You get a link that signs this person in once. Send it only to them.</Trans>
        </p>
        {replaced === undefined ? null : (
          <p className="text-ink-2">
            <Trans>The link that was made before stops working.</Trans>
          </p>
        )}
      </DialogBody>
      <FormFooter
        isPending={invite.isPending}
        onPress={() => invite.mutate({ purpose: "SESSION" })}
        onClose={onClose}
      >
        <Trans>Make a link</Trans>
      </FormFooter>
    </Dialog>
  );
}
