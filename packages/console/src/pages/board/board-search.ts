import { type RequestFilters, STATUSES, type Status } from "@serviceflow/sdk";

/** The address of the board is its state. */
export interface BoardSearch {
  /** Absent: one's own and those that nobody has taken. */
  whose?: "all";
  /** The column that a phone shows. Absent: NEW. */
  column?: Status;
  /** The card that one comes back to. */
  row?: string;
}

/** For how long closed requests stay on the board. */
export const CLOSED_DAYS = 7;

/** Reads an address; what it does not understand is left out. */
export function boardSearch({ whose, column, row }: Record<string, unknown>): BoardSearch {
  const status = STATUSES.find((one) => one === column);
  return {
    ...(whose === "all" ? { whose } : {}),
    ...(status === undefined ? {} : { column: status }),
    ...(typeof row === "string" ? { row } : {}),
  };
}

/** What a column holds. Times are to the day, so that a column is one query all day. */
export function columnFilters(
  status: Status,
  { whose }: BoardSearch,
  today = new Date(),
): RequestFilters {
  const from = new Date(today.getFullYear(), today.getMonth(), today.getDate() - CLOSED_DAYS);
  const isClosed = status === "DONE" || status === "CANCELED";
  return {
    status,
    ...(whose === "all" ? {} : { assignee: ["me", "none"] }),
    ...(isClosed ? { closedFrom: from.toISOString() } : {}),
  };
}
