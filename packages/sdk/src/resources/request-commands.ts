import type { Status, TRANSITIONS } from "@serviceflow/domain";

/** The legal transitions from each status. */
type Following = typeof TRANSITIONS;

/** The statuses with a transition to `To`. */
type Before<To extends Status> = {
  [From in Status]: To extends Following[From][number] ? From : never;
}[Status];

/** The statuses with any transition. */
type Open = { [From in Status]: Following[From][number] extends never ? never : From }[Status];

/** The statuses that each command accepts. */
export interface CommandStatuses {
  update: Open;
  claim: "NEW";
  release: "NEW";
  assign: Open;
  start: Before<"IN_PROGRESS">;
  finish: Before<"DONE">;
  cancel: Before<"CANCELED">;
}

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

type Transition =
  | ({ status: "IN_PROGRESS" } & StartInput)
  | ({ status: "DONE" } & FinishInput)
  | { status: "CANCELED"; reason: string };

/** A transition to another status. If the current status `From` is known, only its legal transitions compile. */
export type TransitionInput<From extends Status = Status> = Extract<
  Transition,
  { status: Following[From][number] }
>;

export function idOf(request: string | { readonly id: string }): string {
  return typeof request === "string" ? request : request.id;
}
