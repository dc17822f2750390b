import type { MessageDescriptor } from "@lingui/core";
import type { CurrentUser, RequestAction, ServiceRequestSummary } from "@serviceflow/sdk";
import { useMe } from "../app/session.tsx";
import { ACTIONS, CLAIM_AND_START } from "../app/terms.ts";
import { useRefusal } from "./refusal.ts";

/** What a person may do with a request, in the order in which commands always stand. */
export interface Command {
  action: (typeof ACTIONS)[number]["action"];
  label: MessageDescriptor;
  key: string | undefined;
  /** Why not now; absent: it is allowed. */
  reason: string | undefined;
  /** Out of place now, as the status says anyway: the page leaves it out, the palette has it. */
  moot: boolean;
}

/** The commands of a request; what the role never may is absent. */
export function useCommands(): (request: ServiceRequestSummary) => Command[] {
  const refusal = useRefusal();
  const me = useMe();
  return (request) =>
    ACTIONS.flatMap(({ action, label, key }): Command[] => {
      const reason = refusal(action, request);
      if (reason === "never") return [];
      return [
        {
          action,
          label: action === "start" && isFree(request) ? CLAIM_AND_START : label,
          key,
          reason: reason ?? undefined,
          moot: isMoot(action, request, me),
        },
      ];
    });
}

function isFree({ assignee }: ServiceRequestSummary): boolean {
  return assignee === null || assignee.unavailable === true;
}

function isMoot(
  action: RequestAction,
  request: ServiceRequestSummary,
  me: Pick<CurrentUser, "id" | "role">,
): boolean {
  const { status, assignee } = request;
  switch (action) {
    case "claim":
      return !isFree(request);
    case "start":
      return status !== "NEW";
    case "finish":
      return status === "NEW";
    case "release":
      return assignee === null || (status !== "NEW" && assignee.id !== me.id);
    case "assign":
      // What an agent may give to themselves alone, they claim.
      return me.role === "AGENT" && assignee?.id !== me.id;
    default:
      return false;
  }
}
