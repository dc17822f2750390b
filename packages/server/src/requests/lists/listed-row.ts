import type { Row } from "../../db/sql.ts";
import type { MARK, SUMMARY } from "../columns.ts";
import type { Included } from "./included.ts";

/** A request of a list, with what it includes only if that is asked for. */
export interface ListedRow extends Row<typeof SUMMARY>, Row<typeof MARK>, Partial<Row<Included>> {
  /** Whether the budget ended here: nothing after it has been read. */
  isEnd: boolean;
  /** False: it only marks the end. */
  isMatch: boolean;
}
