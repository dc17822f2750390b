import { type ServiceRequestSummary, STATUSES, type Status } from "@serviceflow/sdk";

/** The command by which a request gets into a column. */
export type Move = "start" | "finish" | "cancel";

/** Nothing returns to NEW. */
export const MOVE_TO: Readonly<Record<Status, Move | undefined>> = {
  NEW: undefined,
  IN_PROGRESS: "start",
  DONE: "finish",
  CANCELED: "cancel",
};

/** What a column accepts: a card names the columns that it may move to, as the types of what is dragged. */
export function dropType(status: Status): string {
  return `serviceflow-to-${status.toLowerCase()}`;
}

/** Under which each card carries its id. */
export const ID_TYPE = "serviceflow-request";

/** The columns that a request may move to. */
export function columnsFor(
  request: Pick<ServiceRequestSummary, "status" | "allowedActions">,
): Status[] {
  return STATUSES.filter((status) => {
    const move = MOVE_TO[status];
    return status !== request.status && move !== undefined && request.allowedActions.includes(move);
  });
}

/** What is dragged with a card. */
export function dragItem(
  request: Pick<ServiceRequestSummary, "id" | "status" | "allowedActions">,
): Record<string, string> {
  const types = columnsFor(request).map((status) => [dropType(status), request.id]);
  return { [ID_TYPE]: request.id, ...Object.fromEntries(types) };
}
