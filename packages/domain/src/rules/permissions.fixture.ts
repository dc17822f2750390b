import type { ErrorCode } from "../error.ts";
import type { RequestAction } from "./request-rules.ts";
import type { Role } from "./roles.ts";
import type { Status } from "./status.ts";

/** Who a request can belong to, as the caller sees it: each letter of a column of the table, from left to right. */
const SITUATIONS = [
  { name: "their own, unassigned", requester: "me", assignee: null },
  { name: "their own, assigned to another", requester: "me", assignee: "another" },
  { name: "their own, assigned to them", requester: "me", assignee: "me" },
  { name: "another's, assigned to them", requester: "somebody", assignee: "me" },
  { name: "another's, unassigned", requester: "somebody", assignee: null },
  { name: "another's, assigned to a third", requester: "somebody", assignee: "another" },
] as const;
type Situation = (typeof SITUATIONS)[number];

/** What a letter of the table stands for. */
const OUTCOMES: Record<string, ErrorCode | null> = {
  "+": null,
  F: "forbidden",
  H: "not_found",
  C: "request_closed",
  T: "illegal_transition",
  S: "request_started",
  A: "already_assigned",
  N: "not_assigned",
};

const STATUSES: readonly Status[] = ["NEW", "IN_PROGRESS", "DONE", "CANCELED"];

export interface PermissionCell<Action extends string> {
  role: Role;
  action: Action;
  status: Status;
  situation: Situation;
  letter: string;
  /** Null when the action is allowed. */
  code: ErrorCode | null | undefined;
  /** The condition that a refusal of kind F names. */
  condition: string;
}

/** The cells of a table of role, action, a column for each status, and a condition. */
export function permissionCells<Action extends string>(table: string): PermissionCell<Action>[] {
  const rows = table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/ +/) as [Role, Action, ...string[]]);
  return rows.flatMap(([role, action, ...columns]) =>
    STATUSES.flatMap((status, column) =>
      SITUATIONS.map((situation, index) => {
        const letter = columns[column]?.[index] ?? "";
        const condition = columns[STATUSES.length] ?? "";
        return { role, action, status, situation, letter, code: OUTCOMES[letter], condition };
      }),
    ),
  );
}

/** What each role may do with a request that it may view. */
export const ACTION_CELLS = permissionCells<RequestAction>(`
  ADMIN    update            ++++++ ++++++ CCCCCC CCCCCC -
  ADMIN    claim             +AAA+A +AAA+A CCCCCC CCCCCC -
  ADMIN    release           N+++N+ SSSSSS CCCCCC CCCCCC -
  ADMIN    assign            ++++++ ++++++ CCCCCC CCCCCC -
  ADMIN    start             ++++++ TTTTTT TTTTTT TTTTTT -
  ADMIN    finish            TTTTTT ++++++ TTTTTT TTTTTT -
  ADMIN    cancel            ++++++ ++++++ TTTTTT TTTTTT -
  ADMIN    comment           ++++++ ++++++ ++++++ ++++++ -
  ADMIN    commentInternally ++++++ ++++++ ++++++ ++++++ -
  AGENT    update            +F+++F +F+++F CCCCCC CCCCCC assigneeOrUnassigned
  AGENT    claim             +AAA+A +AAA+A CCCCCC CCCCCC -
  AGENT    release           NF++NF SSSSSS CCCCCC CCCCCC assignee
  AGENT    assign            +AAA+A +AAA+A CCCCCC CCCCCC -
  AGENT    start             +F+++F TTTTTT TTTTTT TTTTTT assigneeOrUnassigned
  AGENT    finish            TTTTTT FF++FF TTTTTT TTTTTT assignee
  AGENT    cancel            FF++FF FF++FF TTTTTT TTTTTT assignee
  AGENT    comment           ++++++ ++++++ ++++++ ++++++ -
  AGENT    commentInternally ++++++ ++++++ ++++++ ++++++ -
  EMPLOYEE update            +FFFFF FFFFFF CCCCCC CCCCCC requesterBeforeWork
  EMPLOYEE claim             FFFFFF FFFFFF FFFFFF FFFFFF never
  EMPLOYEE release           FFFFFF FFFFFF FFFFFF FFFFFF never
  EMPLOYEE assign            FFFFFF FFFFFF FFFFFF FFFFFF never
  EMPLOYEE start             FFFFFF FFFFFF FFFFFF FFFFFF never
  EMPLOYEE finish            FFFFFF FFFFFF FFFFFF FFFFFF never
  EMPLOYEE cancel            +FFFFF FFFFFF TTTTTT TTTTTT requesterBeforeWork
  EMPLOYEE comment           ++++FF ++++FF ++++FF ++++FF participant
  EMPLOYEE commentInternally FFFFFF FFFFFF FFFFFF FFFFFF never
`);

/** What each role may view. */
export const VIEW_CELLS = permissionCells<"view">(`
  ADMIN    view ++++++ ++++++ ++++++ ++++++ -
  AGENT    view ++++++ ++++++ ++++++ ++++++ -
  EMPLOYEE view ++++HH ++++HH ++++HH ++++HH -
`);
