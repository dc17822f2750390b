import { Trans, useLingui } from "@lingui/react/macro";
import type { OneTimeCodeWithSecret, User } from "@serviceflow/sdk";
import { useState } from "react";
import { sf } from "../../app/client.ts";
import { Button } from "../../kit/button.tsx";
import { Dialog, DialogBody, DialogFooter } from "../../kit/dialog.tsx";
import { RefusalBanner } from "../admin/notices.tsx";
import { useCreate } from "../admin/use-create.ts";
import { Invitation } from "./invitation.tsx";
import { invitationLink } from "./welcome.ts";

/** Gives a person another way in, such as on a new computer. */
export function InvitePerson({ person, onClose }: { person: User; onClose: () => void }) {
  const { t } = useLingui();
  const [made, setMade] = useState<OneTimeCodeWithSecret>();
  const { fullName } = person;
  const invite = useCreate<{ purpose: "SESSION" }, OneTimeCodeWithSecret>(
    (input, options) => sf.codes.issueFor(person.id, input, options),
    setMade,
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
      </DialogBody>
      <DialogFooter>
        <Button kind="quiet" onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
        <Button
          kind="primary"
          isPending={invite.isPending}
          onPress={() => invite.mutate({ purpose: "SESSION" })}
        >
          <Trans>Make a link</Trans>
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
