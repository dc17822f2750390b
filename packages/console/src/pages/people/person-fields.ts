import { useLingui } from "@lingui/react/macro";
import type { Role, User } from "@serviceflow/sdk";
import { ROLE_WORDS } from "../../app/terms.ts";
import type { FieldWords } from "../admin/notices.tsx";

/** What of a person several administrators can change at once, in words. */
export function usePersonFields(): FieldWords<User>[] {
  const { t, i18n } = useLingui();
  return [
    { field: "fullName", name: t`Name`, show: (name: string) => name },
    { field: "email", name: t`Address`, show: (address: string) => address },
    { field: "role", name: t`Role`, show: (role: Role) => i18n._(ROLE_WORDS[role]) },
    {
      field: "active",
      name: t`State`,
      show: (active: boolean) => (active ? t`Active` : t`Deactivated`),
    },
    { field: "erasedAt", name: t`Erased`, show: (at: string | null) => (at === null ? "—" : at) },
    { field: "locale", name: t`Language`, show: (locale: string | null) => locale ?? "—" },
    { field: "timeZone", name: t`Time zone`, show: (zone: string | null) => zone ?? "—" },
  ];
}
