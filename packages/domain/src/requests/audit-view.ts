import type { RequestState } from "./request.ts";

/** A request as the log names its fields: people by id. */
export function auditView(state: RequestState): Record<string, unknown> {
  return {
    ...state,
    requesterId: state.requester.id,
    submitterId: state.submitter.id,
    assigneeId: state.assignee?.id ?? null,
    followsUp: state.followsUp?.id ?? null,
  };
}
