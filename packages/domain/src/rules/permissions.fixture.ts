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
  { name: "their own, left by one who can no longer work", requester: "me", assignee: "gone" },
  {
    name: "another's, left by one who can no longer work",
    requester: "somebody",
    assignee: "gone",
  },
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
  ADMIN    update            ++++++++ ++++++++ CCCCCCCC CCCCCCCC -
  ADMIN    correctRequester  ++++++++ ++++++++ ++++++++ ++++++++ -
  ADMIN    claim             +AAA+A++ +AAA+A++ CCCCCCCC CCCCCCCC -
  ADMIN    release           N+++N+++ SSSSSSSS CCCCCCCC CCCCCCCC -
  ADMIN    assign            ++++++++ ++++++++ CCCCCCCC CCCCCCCC -
  ADMIN    start             ++++++++ TTTTTTTT TTTTTTTT TTTTTTTT -
  ADMIN    finish            TTTTTTTT N+++N+NN TTTTTTTT TTTTTTTT -
  ADMIN    cancel            ++++++++ ++++++++ TTTTTTTT TTTTTTTT -
  ADMIN    comment           ++++++++ ++++++++ ++++++++ ++++++++ -
  ADMIN    commentInternally ++++++++ ++++++++ ++++++++ ++++++++ -
  AGENT    update            +F+++F++ +F+++F++ CCCCCCCC CCCCCCCC assigneeOrUnassigned
  AGENT    correctRequester  FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF never
  AGENT    claim             +AAA+A++ +AAA+A++ CCCCCCCC CCCCCCCC -
  AGENT    release           NF++NFFF SSSSSSSS CCCCCCCC CCCCCCCC assignee
  AGENT    assign            +A+++A++ +A+++A++ CCCCCCCC CCCCCCCC -
  AGENT    start             +F+++F++ TTTTTTTT TTTTTTTT TTTTTTTT assigneeOrUnassigned
  AGENT    finish            TTTTTTTT NF++NFNN TTTTTTTT TTTTTTTT assignee
  AGENT    cancel            FF++FFFF FF++FFFF TTTTTTTT TTTTTTTT assignee
  AGENT    comment           ++++++++ ++++++++ ++++++++ ++++++++ -
  AGENT    commentInternally ++++++++ ++++++++ ++++++++ ++++++++ -
  EMPLOYEE update            +FFFFFFF FFFFFFFF CCCCCCCC CCCCCCCC requesterBeforeWork
  EMPLOYEE correctRequester  FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF never
  EMPLOYEE claim             FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF never
  EMPLOYEE release           FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF never
  EMPLOYEE assign            FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF never
  EMPLOYEE start             FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF never
  EMPLOYEE finish            FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF never
  EMPLOYEE cancel            +FFFFFFF FFFFFFFF TTTTTTTT TTTTTTTT requesterBeforeWork
  EMPLOYEE comment           +++FFF+F +++FFF+F +++FFF+F +++FFF+F participant
  EMPLOYEE commentInternally FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF never
`);

/** What each role may view. */
export const VIEW_CELLS = permissionCells<"view">(`
  ADMIN    view ++++++++ ++++++++ ++++++++ ++++++++ -
  AGENT    view ++++++++ ++++++++ ++++++++ ++++++++ -
  EMPLOYEE view +++HHH+H +++HHH+H +++HHH+H +++HHH+H -
`);
