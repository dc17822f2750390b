/** The statuses in which a request can still be worked on. */
export const OPEN = ["NEW", "IN_PROGRESS"] as const;
/** The statuses of a closed request. */
export const FINAL = ["DONE", "CANCELED"] as const;

export const STATUSES = [...OPEN, ...FINAL] as const;
export type Status = (typeof STATUSES)[number];

export function isOpen(status: Status): boolean {
  return (OPEN as readonly Status[]).includes(status);
}
