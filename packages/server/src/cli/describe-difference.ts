import type { StateDifference } from "@serviceflow/domain";

/** One difference between a table and the log, on one line. */
export function describeDifference(difference: StateDifference): string {
  const { table, id, field, problem, log, state, lastEntryId } = difference;
  const row = `${table} ${id}`;
  const last = lastEntryId === null ? "no entry is about it" : `the last entry is ${lastEntryId}`;
  switch (problem) {
    case "row_missing":
      return `${row} is missing; ${last}`;
    case "row_unexplained":
      return `${row} exists, though no entry created it or one deleted it; ${last}`;
    case "field_differs":
      return `${row} ${field}: ${JSON.stringify(log)} in the log, ${JSON.stringify(state)} in the table; ${last}`;
  }
}
