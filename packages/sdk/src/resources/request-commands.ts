import type {
  MoveAction,
  REQUEST_RULES,
  RequestAction,
  Status,
  StatusesOf,
} from "@serviceflow/domain";
import type { VersionedOptions } from "../transport/call-options.ts";

/** The statuses that each command accepts. */
export type CommandStatuses = {
  [Command in Exclude<RequestAction, "comment" | "commentInternally">]: StatusesOf<Command>;
};

/** What a command takes, in words. */
type Wanted<Command extends keyof CommandStatuses> = [Status] extends [CommandStatuses[Command]]
  ? Status
  : ["NEW" | "IN_PROGRESS"] extends [CommandStatuses[Command]]
    ? "open"
    : CommandStatuses[Command];

/**
 * A request or its id. A request whose known status does not allow the command does not compile, and the compiler says why:
 * its status "is not assignable to type 'finish takes a request that is IN_PROGRESS, not NEW'".
 */
export type RequestFor<Command extends keyof CommandStatuses, From extends Status> =
  | string
  | {
      readonly id: string;
      readonly status: [From & CommandStatuses[Command]] extends [never]
        ? `${Command} takes a request that is ${Wanted<Command>}, not ${From}`
        : From;
    };

/** Options of a command on a service request. */
export interface CommandOptions extends VersionedOptions {
  /**
   * Sends the `version` of the request that the command is given: if it has changed since you fetched it, the call fails with
   * `precondition_failed`. The command must be given the request, not its id. `ifVersion` wins.
   */
  ifUnchanged?: boolean | undefined;
}

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

/** Input of `requests.cancel`. */
export interface CancelInput {
  /** Recorded in the request's history. */
  reason: string;
}

/** The input of each action that changes the status. */
interface MoveInputs {
  start: StartInput;
  finish: FinishInput;
  cancel: CancelInput;
}

/** The transitions that are legal from a status. */
type MovesFrom<From extends Status> = {
  [Move in MoveAction]: [From & StatusesOf<Move>] extends [never]
    ? never
    : { status: (typeof REQUEST_RULES)[Move]["to"] } & MoveInputs[Move];
}[MoveAction];

/** A transition to another status. If the current status `From` is known, only its legal transitions compile. */
export type TransitionInput<From extends Status = Status> = [MovesFrom<From>] extends [never]
  ? { status: `a request that is ${From} is closed for good` }
  : MovesFrom<From>;

/**
 * The options as they are sent.
 * @throws TypeError for `ifUnchanged` without a request that has a version
 */
export function versioned(
  request: string | { readonly id: string },
  options: CommandOptions | undefined,
): VersionedOptions | undefined {
  if (!options?.ifUnchanged) return options;
  const { version } = request as { version?: unknown };
  if (typeof version !== "number") {
    throw new TypeError(
      "ifUnchanged takes the version of a request: pass the request, not its id.",
    );
  }
  return { ...options, ifVersion: options.ifVersion ?? version };
}

export function idOf(request: string | { readonly id: string }): string {
  return typeof request === "string" ? request : request.id;
}
