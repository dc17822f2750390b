import {
  type MoveAction,
  REQUEST_ACTIONS,
  REQUEST_RULES,
  type RequestAction,
} from "./request-rules.ts";
import { STATUSES, type Status } from "./status.ts";

interface Move {
  action: MoveAction;
  from: readonly Status[];
  to: Status;
}

function isMove(action: RequestAction): action is MoveAction {
  return "to" in REQUEST_RULES[action];
}

const MOVES: readonly Move[] = REQUEST_ACTIONS.filter(isMove).map((action) => ({
  action,
  ...REQUEST_RULES[action],
}));

function successorsOf(status: Status): readonly Status[] {
  return [...new Set(MOVES.filter(({ from }) => from.includes(status)).map(({ to }) => to))];
}

/** From each status, the statuses it may move to. Nothing else is legal, the same status included. */
export const TRANSITIONS = /* @__PURE__ */ Object.fromEntries(
  STATUSES.map((status) => [status, successorsOf(status)]),
) as {
  readonly [From in Status]: readonly {
    [A in MoveAction]: From extends (typeof REQUEST_RULES)[A]["from"][number]
      ? (typeof REQUEST_RULES)[A]["to"]
      : never;
  }[MoveAction][];
};

/** The statuses that can follow; empty for a status that only a newer server knows. */
export function statusesAfter(status: Status): readonly Status[] {
  return Object.hasOwn(TRANSITIONS, status) ? TRANSITIONS[status] : [];
}

/** Whether `from -> to` is in the transition table. */
export function isLegalTransition(from: Status, to: Status): boolean {
  return statusesAfter(from).includes(to);
}

/**
 * The action that moves a request from one status to the other. For an illegal transition: the first action that leads
 * to the new status, whose refusal explains it; null if there is none.
 */
export function moveBetween(from: Status, to: Status): MoveAction | null {
  const leading = MOVES.filter((move) => move.to === to);
  return (leading.find((move) => move.from.includes(from)) ?? leading[0])?.action ?? null;
}
