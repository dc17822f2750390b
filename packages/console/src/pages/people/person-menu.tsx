import { useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { MenuItem } from "../../kit/menu.tsx";
import { RowMenu } from "../../kit/row-menu.tsx";
import type { PersonDialog } from "./person-dialogs.tsx";
import type { Listed } from "./use-people.ts";

/** What an administrator may do with a person; what is asked first opens a dialog. */
export function PersonMenu({
  person,
  onOpen,
}: {
  person: Listed;
  onOpen: (dialog: PersonDialog) => void;
}) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { id, fullName } = person;
  if (person.erasedAt !== undefined && person.erasedAt !== null) return null;
  return (
    <RowMenu
      name={fullName}
      onAction={(key) =>
        key === "keys"
          ? void navigate({ to: "/people/$id", params: { id } })
          : onOpen(key as PersonDialog)
      }
    >
      <MenuItem id="edit">{t`Edit…`}</MenuItem>
      <MenuItem id="role">{t`Change role…`}</MenuItem>
      <MenuItem id="keys">{t`Keys and sessions`}</MenuItem>
      {person.active === false || person.kind === "BOT" ? null : (
        <MenuItem id="invite">{t`Invite…`}</MenuItem>
      )}
      {person.active === false ? (
        <MenuItem id="activate" consequence={t`The keys that have not ended work again.`}>
          {t`Activate`}
        </MenuItem>
      ) : (
        <MenuItem id="deactivate" consequence={t`Keys and sessions stop working at once.`}>
          {t`Deactivate…`}
        </MenuItem>
      )}
      <MenuItem id="erase">
        <span className="text-danger">{t`Erase…`}</span>
      </MenuItem>
    </RowMenu>
  );
}
