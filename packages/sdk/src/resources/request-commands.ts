import type {
  MoveAction,
  REQUEST_RULES,
  RequestAction,
  Status,
  StatusesOf,
} from "@serviceflow/domain";

/** The statuses that each command accepts. */
export type CommandStatuses = {
  [Command in Exclude<RequestAction, "comment" | "commentInternally">]: StatusesOf<Command>;
};

/** A request or its id. A request whose known status does not allow the command does not compile. */
export type RequestFor<Command extends keyof CommandStatuses, From extends Status> =
  | string
  | ({ readonly id: string; readonly status: From } & ([From & CommandStatuses[Command]] extends [
      never,
    ]
      ? never
      : unknown));

/** Input of `requests.start`. */
export interface StartInput {
  /** Id of the assignee. Defaults to the caller if the request is unassigned. */
  assigneeId?: string | undefined;
  /** Recorded in the request's history. */
  reason?: string | undefined;
}

/** The user who needs a request, by id or by email address. */
export type RequesterInput =
  | { requesterId: string; requesterEmail?: undefined }
  | { requesterEmail: string; requesterId?: undefined };

/** Input of `requests.finish`. */
export interface FinishInput {
  /** Recorded in the request's history. */
  reason?: string | undefined;
}

/** The input of each action that changes the status. */
interface MoveInputs {
  start: StartInput;
  finish: FinishInput;
  cancel: { reason: string };
}

/** A transition to another status. If the current status `From` is known, only its legal transitions compile. */
export type TransitionInput<From extends Status = Status> = {
  [Move in MoveAction]: [From & StatusesOf<Move>] extends [never]
    ? never
    : { status: (typeof REQUEST_RULES)[Move]["to"] } & MoveInputs[Move];
}[MoveAction];

export function idOf(request: string | { readonly id: string }): string {
  return typeof request === "string" ? request : request.id;
}
