import type {
  MoveAction,
  REQUEST_RULES,
  RequestAction,
  Status,
  StatusesOf,
} from "@serviceflow/domain";

/** The statuses in which a command can succeed. */
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

export interface StartInput {
  /** Id of the assignee. Defaults to the caller if the request is unassigned. */
  assigneeId?: string | undefined;
  /** Recorded in the request's history. */
  reason?: string | undefined;
}

export interface FinishInput {
  /** Recorded in the request's history. */
  reason?: string | undefined;
}

/** What each change of status takes besides. */
interface MoveInputs {
  start: StartInput;
  finish: FinishInput;
  cancel: { reason: string };
}

/** A move to another status: to one that can follow `From`, as far as the compiler knows it. */
export type TransitionInput<From extends Status = Status> = {
  [Move in MoveAction]: [From & StatusesOf<Move>] extends [never]
    ? never
    : { status: (typeof REQUEST_RULES)[Move]["to"] } & MoveInputs[Move];
}[MoveAction];

export function idOf(request: string | { readonly id: string }): string {
  return typeof request === "string" ? request : request.id;
}
