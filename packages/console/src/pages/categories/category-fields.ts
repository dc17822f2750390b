import { useLingui } from "@lingui/react/macro";
import type { Category } from "@serviceflow/sdk";
import type { FieldWords } from "../admin/notices.tsx";

/** What of a category several administrators can change at once, in words. */
export function useCategoryFields(): FieldWords<Category>[] {
  const { t } = useLingui();
  return [
    { field: "name", name: t`Name`, show: (name: string) => name },
    {
      field: "names",
      name: t`Names in languages`,
      show: (names: Record<string, string>) =>
        Object.entries(names)
          .map(([tag, name]) => `${tag}: ${name}`)
          .join(", ") || "—",
    },
    { field: "description", name: t`Description`, show: (text: string) => text || "—" },
    {
      field: "active",
      name: t`State`,
      show: (active: boolean) => (active ? t`In use` : t`Archived`),
    },
  ];
}
