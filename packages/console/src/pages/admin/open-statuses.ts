import type { Status } from "@serviceflow/sdk";

/** Of requests that are not closed. */
export const OPEN_STATUSES: Status[] = ["NEW", "IN_PROGRESS"];
