import { useLingui } from "@lingui/react/macro";
import { explain, type RequestAction, type ServiceRequestSummary } from "@serviceflow/sdk";
import { useMe } from "../app/session.tsx";

/** Why a command is refused now, in words for people; null: it is allowed; "never": the role never may. */
export function useRefusal(): (
  action: RequestAction,
  request: ServiceRequestSummary,
) => string | "never" | null {
  const { t } = useLingui();
  const me = useMe();
  return (action, request) => {
    if (request.allowedActions.includes(action)) return null;
    const refusal = explain(action, request, me);
    if (refusal === null) return t`The request has just changed.`;
    const assignee = request.assignee?.fullName;
    switch (refusal.code) {
      case "request_started":
        return t`Work has started. Only a new request can be released.`;
      case "request_closed":
        return t`The request is closed.`;
      case "already_assigned":
        return request.assignee?.id === me.id
          ? t`It is yours already.`
          : request.status === "NEW"
            ? t`${assignee} has taken it already.`
            : t`${assignee} is already working on it.`;
      case "not_assigned":
        return action === "cancel" ? t`To cancel it, claim it first.` : t`Nobody has taken it.`;
      case "illegal_transition":
        return request.status === "NEW"
          ? t`Only a request in progress can be finished.`
          : request.status === "IN_PROGRESS"
            ? t`Work has started already.`
            : t`The request is closed.`;
      default:
        if (String(refusal.facts.rule).endsWith(":never")) return "never";
        if (me.role === "EMPLOYEE") {
          return action === "cancel"
            ? t`It is taken. To have it canceled, write a comment.`
            : t`It is taken. What should change, write in a comment.`;
        }
        if (assignee === undefined && action === "cancel") return t`To cancel it, claim it first.`;
        return assignee === undefined
          ? t`To do this, claim it first.`
          : t`Only ${assignee} or an administrator can do this.`;
    }
  };
}
