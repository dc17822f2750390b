import type { Status, TRANSITIONS } from "@serviceflow/domain";

/** From each status, the statuses that can follow. */
type Following = typeof TRANSITIONS;

/** The statuses that can become `To`. */
type Before<To extends Status> = {
  [From in Status]: To extends Following[From][number] ? From : never;
}[Status];

/** The statuses that are not final. */
type Open = { [From in Status]: Following[From][number] extends never ? never : From }[Status];

/** The statuses in which a command can succeed. */
export interface CommandStatuses {
  update: Open;
  claim: "NEW";
  release: "NEW";
  assign: Open;
  start: Before<"IN_PROGRESS">;
  finish: Before<"DONE">;
  cancel: Before<"CANCELED">;
}

/**
 * The request that a command is for: its id, or the request itself. Given the request, a command that its status does not
 * allow does not compile, where the status is known.
 */
export type RequestFor<Command extends keyof CommandStatuses, From extends Status> =
  | string
  | ({ readonly id: string; readonly status: From } & ([From & CommandStatuses[Command]] extends [
      never,
    ]
      ? never
      : unknown));

export interface StartInput {
  /** Who works it. An unassigned request goes to the caller by default. */
  assigneeId?: string | undefined;
  reason?: string | undefined;
}

export interface FinishInput {
  reason?: string | undefined;
}

type Transition =
  | ({ status: "IN_PROGRESS" } & StartInput)
  | ({ status: "DONE" } & FinishInput)
  | { status: "CANCELED"; reason: string };

/** A move to another status: to one that can follow `From`, as far as the compiler knows it. */
export type TransitionInput<From extends Status = Status> = Extract<
  Transition,
  { status: Following[From][number] }
>;

/** The id of a request that is given as either. */
export function idOf(request: string | { readonly id: string }): string {
  return typeof request === "string" ? request : request.id;
}
