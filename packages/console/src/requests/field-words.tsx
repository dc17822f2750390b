import { useLingui } from "@lingui/react/macro";
import type { Priority, Status } from "@serviceflow/sdk";
import type { ReactNode } from "react";
import { PRIORITY_WORDS, STATUS_WORDS } from "../app/terms.ts";
import { CategoryName } from "./category-name.tsx";
import { PersonById } from "./person-by-id.tsx";

/** The words for fields of a request and for their values, as the log has them. */
export function useFieldWords() {
  const { t, i18n } = useLingui();
  const names: Readonly<Record<string, string>> = {
    status: t`Status`,
    priority: t`Priority`,
    category: t`Category`,
    assigneeId: t`Assignee`,
    requesterId: t`Requester`,
    title: t`Summary`,
    description: t`Description`,
  };
  const value = (field: string, raw: unknown): ReactNode => {
    if (raw === null || raw === "") return field === "assigneeId" ? t`Nobody` : "—";
    const text = String(raw);
    switch (field) {
      case "status":
        return i18n._(STATUS_WORDS[raw as Status] ?? text);
      case "priority":
        return i18n._(PRIORITY_WORDS[raw as Priority] ?? text);
      case "category":
        return <CategoryName slug={text} />;
      case "assigneeId":
      case "requesterId":
        return <PersonById id={text} />;
      default:
        return text.length > 80 ? `${text.slice(0, 80)}…` : text;
    }
  };
  return { name: (field: string) => names[field] ?? field, value };
}
