import { useLingui } from "@lingui/react/macro";
import type { ServiceRequestSummary } from "@serviceflow/sdk";
import { isErased } from "../app/person-name.ts";
import { ago } from "../kit/time-words.ts";
import { Progress } from "./progress.tsx";

/** Where a request is, for its requester: the stops and one sentence. */
export function Story({ request }: { request: ServiceRequestSummary }) {
  const story = useStory();
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
      <span className="-ml-4">
        <Progress request={request} />
      </span>
      <p className="text-pretty text-ink-2">{story(request)}</p>
    </div>
  );
}

/** Where a request is, in one sentence for its requester. */
export function useStory(): (request: ServiceRequestSummary) => string {
  const { t, i18n } = useLingui();
  const when = (iso: string | null) => ago(iso ?? new Date().toISOString(), i18n.locale);
  return (request) => {
    const { status, assignee, createdAt, startedAt, closedAt } = request;
    const name =
      assignee === null ? undefined : isErased(assignee) ? t`Somebody` : assignee.fullName;
    const hasAnswer = hasReply(request);
    switch (status) {
      case "NEW":
        if (name === undefined) return t`Filed ${when(createdAt)}. Nobody has taken it yet.`;
        return hasAnswer
          ? t`${name} has taken it, and there is an answer for you.`
          : t`${name} has taken it and will start soon.`;
      case "IN_PROGRESS":
        return hasAnswer
          ? t`${name} is working on it, and there is an answer for you.`
          : t`${name} is working on it, started ${when(startedAt)}.`;
      case "DONE":
        return t`Done ${when(closedAt)}. ${name} worked on it.`;
      case "CANCELED":
        return t`Canceled ${when(closedAt)}.`;
      default:
        return "";
    }
  };
}

/** Whether the news of a request is something that was written: a comment is activity, but not a change. */
export function hasReply(
  request: Pick<ServiceRequestSummary, "unread" | "lastActivityAt" | "updatedAt">,
): boolean {
  return request.unread === true && request.lastActivityAt > request.updatedAt;
}
