import { useLingui } from "@lingui/react/macro";
import type { User } from "@serviceflow/sdk";
import { Time } from "../../kit/time.tsx";
import { Fact } from "../admin/facts.tsx";
import { SecretDialog } from "../admin/secret-dialog.tsx";

/** A link that signs a person in, the only time that it is shown. */
export function Invitation({
  person,
  link,
  expiresAt,
  onClose,
}: {
  person: Pick<User, "fullName" | "email">;
  link: string;
  expiresAt: string;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const { fullName } = person;
  return (
    <SecretDialog
      title={t`Invitation for ${fullName}`}
      explain={t`Send this link. It signs its reader in once, and is not shown again.`}
      secret={link}
      facts={
        <>
          <Fact name={t`Address`}>{person.email}</Fact>
          <Fact name={t`Valid until`}>
            <Time iso={expiresAt} form="clock" />
          </Fact>
        </>
      }
      onClose={onClose}
    />
  );
}
