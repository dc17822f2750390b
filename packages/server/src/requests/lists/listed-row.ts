import type { Row } from "../../db/sql.ts";
import type { MARK, RequestRow } from "../columns.ts";

/** A request of a list, with its description only if it is asked for. */
export interface ListedRow extends Omit<RequestRow, "description">, Row<typeof MARK> {
  description?: string;
  /** Whether the budget ended here: nothing after it has been read. */
  isEnd: boolean;
  /** False: it only marks the end. */
  isMatch: boolean;
}
