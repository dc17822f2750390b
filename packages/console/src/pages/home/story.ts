import { useLingui } from "@lingui/react/macro";
import type { ServiceRequestSummary } from "@serviceflow/sdk";
import { ago } from "../../kit/time-words.ts";

/** Where a request is, in one sentence for whoever filed it. */
export function useStory(): (request: ServiceRequestSummary) => string {
  const { t, i18n } = useLingui();
  return ({ status, assignee, createdAt, closedAt }) => {
    const name = assignee?.fullName;
    switch (status) {
      case "NEW":
        return name === undefined
          ? t`Filed ${ago(createdAt, i18n.locale)}. Nobody has taken it yet.`
          : t`${name} has taken it and will start soon.`;
      case "IN_PROGRESS":
        return t`${name} is working on it.`;
      case "DONE":
        return t`Done ${ago(closedAt ?? createdAt, i18n.locale)}. Assignee: ${name}.`;
      case "CANCELED":
        return t`Canceled ${ago(closedAt ?? createdAt, i18n.locale)}.`;
      default:
        return "";
    }
  };
}
