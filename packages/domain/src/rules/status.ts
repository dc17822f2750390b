/** Every status a service request can have. DONE and CANCELED are final. */
export const STATUSES = ["NEW", "IN_PROGRESS", "DONE", "CANCELED"] as const;
export type Status = (typeof STATUSES)[number];

/** From each status, the statuses it may move to. Nothing else is legal, the same status included. */
export const TRANSITIONS = {
  NEW: ["IN_PROGRESS", "CANCELED"],
  IN_PROGRESS: ["DONE", "CANCELED"],
  DONE: [],
  CANCELED: [],
} as const satisfies Record<Status, readonly Status[]>;

/** What can follow a status: nothing, as far as is known, for one that only a newer server has. */
export function statusesAfter(status: Status): readonly Status[] {
  return Object.hasOwn(TRANSITIONS, status) ? TRANSITIONS[status] : [];
}

/** Whether `from -> to` is in the transition table. */
export function isLegalTransition(from: Status, to: Status): boolean {
  return statusesAfter(from).includes(to);
}

/** A request is open until its status is final: DONE or CANCELED. */
export function isOpen(status: Status): boolean {
  return statusesAfter(status).length > 0;
}
