import { useLingui } from "@lingui/react/macro";
import type { User } from "@serviceflow/sdk";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { queries, queryClient, sf } from "../../app/client.ts";
import { LoadFailure } from "../../app/failure.tsx";
import { useMe } from "../../app/session.tsx";
import { Banner, SkeletonRows } from "../../kit/banner.tsx";
import { Dialog, DialogBody } from "../../kit/dialog.tsx";
import { toast } from "../../kit/toast.tsx";
import { ConfirmDialog } from "../admin/confirm-dialog.tsx";
import { ConflictBanner, RefusalBanner } from "../admin/notices.tsx";
import { useChange } from "../admin/use-change.ts";
import { EditPerson } from "./edit-person.tsx";
import { EraseText } from "./erase-text.tsx";
import { InvitePerson } from "./invite-person.tsx";
import { usePersonFields } from "./person-fields.ts";
import { RoleForm } from "./role-form.tsx";

export type PersonDialog = "invite" | "edit" | "role" | "deactivate" | "activate" | "erase";

/** The dialog of one command on one person, who is fetched first. */
export function PersonDialogs({
  id,
  dialog,
  onClose,
}: {
  id: string;
  dialog: PersonDialog;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const person = useQuery({ ...queries.users.get(id), staleTime: 0 });
  // As it was when the dialog opened: what others change meanwhile is a conflict, and is shown as one.
  const [shown, setShown] = useState<User>();
  const fresh = person.isFetching ? undefined : person.data;
  useEffect(() => setShown((before) => before ?? fresh), [fresh]);
  if (shown !== undefined) return <Loaded person={shown} dialog={dialog} onClose={onClose} />;
  return (
    <Dialog title={t`Person`} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <DialogBody>
        {person.isError ? (
          <LoadFailure error={person.error} retry={() => void person.refetch()} />
        ) : (
          <SkeletonRows label={t`Loading`} rows={3} />
        )}
      </DialogBody>
    </Dialog>
  );
}

function Loaded({
  person,
  dialog,
  onClose,
}: {
  person: User;
  dialog: PersonDialog;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const me = useMe();
  const fields = usePersonFields();
  const change = useChange<User>(
    ({ id }) => sf.users.get(id),
    () => void queryClient.invalidateQueries({ queryKey: queries.users.all() }),
  );
  const { id, fullName } = person;
  const done = (words: string) => {
    toast(words);
    onClose();
  };
  const notices = (words: string) => (
    <>
      <RefusalBanner error={change.error} onClose={change.reset} />
      <ConflictBanner
        conflict={change.conflict}
        fields={fields}
        onDone={() => done(words)}
        onClose={change.reset}
      />
    </>
  );
  const isMe = id === me.id;

  switch (dialog) {
    case "invite":
      return <InvitePerson person={person} onClose={onClose} />;
    case "edit":
      return (
        <EditPerson
          person={person}
          change={change}
          notices={notices}
          onDone={done}
          onClose={onClose}
        />
      );
    case "role":
      return (
        <RoleForm
          person={person}
          change={change}
          notices={notices}
          onDone={done}
          onClose={onClose}
        />
      );
    case "activate":
      return (
        <Activate
          run={() =>
            change.run(person, (one, options) => sf.users.update(one.id, { active: true }, options))
          }
          onDone={() => done(t`${fullName} is active.`)}
          notices={notices(t`${fullName} is active.`)}
          title={t`Activate ${fullName}`}
          onClose={onClose}
        />
      );
    case "deactivate":
      return (
        <ConfirmDialog
          title={t`Deactivate ${fullName}`}
          act={t`Deactivate`}
          rehearsal={{
            key: ["deactivate", id],
            run: () => sf.users.update(id, { active: false }, { dryRun: true }),
          }}
          notices={notices(t`${fullName} is deactivated.`)}
          isPending={change.isPending}
          onClose={onClose}
          onConfirm={() =>
            void change
              .run(person, (one, options) => sf.users.update(one.id, { active: false }, options))
              .then((made) => made && done(t`${fullName} is deactivated.`))
          }
        >
          <p>{t`Keys and sessions stop working at once, on every server. Webhooks this person owns are disabled.`}</p>
          <p>{t`Requests and comments stay as they are. You can activate the person again.`}</p>
          {isMe ? (
            <p className="font-medium text-danger">{t`This is you: you are signed out at once.`}</p>
          ) : null}
        </ConfirmDialog>
      );
    case "erase":
      return (
        <ConfirmDialog
          title={t`Erase ${fullName}`}
          act={t`Erase for good`}
          typed={person.email}
          rehearsal={{ key: ["erase", id], run: () => sf.users.erase(id, { dryRun: true }) }}
          notices={notices(t`The person is erased.`)}
          isPending={change.isPending}
          onClose={onClose}
          onConfirm={() =>
            void change
              .run(person, (one, options) => sf.users.erase(one.id, options))
              .then((made) => made && done(t`The person is erased.`))
          }
        >
          <EraseText />
        </ConfirmDialog>
      );
  }
}

/** Needs no question: it is carried out as soon as it is chosen, and shows itself only when it is refused. */
function Activate({
  run,
  onDone,
  notices,
  title,
  onClose,
}: {
  run: () => Promise<boolean>;
  onDone: () => void;
  notices: React.ReactNode;
  title: string;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const started = useRef(false);
  const [refused, setRefused] = useState(false);
  useEffect(() => {
    if (started.current) return;
    started.current = true;
    void run().then((made) => (made ? onDone() : setRefused(true)));
  });
  if (!refused) return null;
  return (
    <Dialog title={title} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <DialogBody>{notices ?? <Banner>{t`It was not done.`}</Banner>}</DialogBody>
    </Dialog>
  );
}
