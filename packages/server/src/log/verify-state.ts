import { setImmediate } from "node:timers/promises";
import {
  type Committed,
  compareRow,
  creatorsOf,
  type FoldedRow,
  foldEntries,
  ofErasedOwner,
  type PrivateValues,
  type StateSubject,
  UNKNOWN_ROW,
  wholeRow,
} from "@serviceflow/domain";
import type { HeavyReads, Query } from "../db/database.ts";
import { sha256Hex } from "../db/sha256.ts";
import { initialRow, initialRows } from "./initial-rows.ts";
import {
  entriesBySubject,
  entriesOf,
  privateValuesOf,
  type SubjectEntries,
  withNewerEntries,
  withoutEntry,
} from "./logged-entries.ts";
import type { StateReport } from "./state-report.ts";
import type { FoundRow } from "./state-table.ts";
import { STATE } from "./state-tables.ts";

/** Calls are answered in between. */
const ROWS_AT_ONCE = 100;
const MAX_ROUNDS = 100;

export interface CompareOptions {
  signal?: AbortSignal | undefined;
  /** Called after each batch with the number of entries folded so far. */
  onProgress?: ((entries: number) => void) | undefined;
}

/** What the log says of one row so far. */
interface Folding {
  id: string;
  subject: StateSubject;
  folded: FoldedRow;
  /** Of the last entry that is folded. */
  seq: string;
}

/**
 * Folds the log, subject by subject, and compares what it says with the rows of the tables; then looks for rows that no
 * entry created. Memory stays the same however long the log is, and writers go on: what they change meanwhile is
 * compared again with their entries.
 * @throws the reason of `signal`, between two batches; the report then holds what was found so far
 */
export async function compareState(
  db: HeavyReads,
  report: StateReport,
  { signal, onProgress }: CompareOptions = {},
): Promise<void> {
  const { query } = db.batches;
  let open: Folding | null = null;
  for await (const groups of entriesBySubject(query)) {
    signal?.throwIfAborted();
    const complete: Folding[] = [];
    for (const group of groups) {
      report.entries += group.entries.length;
      if (open && open.id !== group.id) complete.push(open);
      open = foldGroup(group, open?.id === group.id ? open : null);
    }
    await compareAll(query, complete, report);
    onProgress?.(report.entries);
  }
  if (open) await compareAll(query, [open], report);
  for (const subject of Object.keys(STATE) as StateSubject[]) {
    await findUnexplained(query, subject, report, signal);
  }
}

function foldGroup({ id, subject, entries, seq }: SubjectEntries, open: Folding | null) {
  const kind = open?.subject ?? subject;
  // Failed sign-ins and exports have no row.
  if (kind === null) return open;
  const from = open?.folded ?? initialRow(kind, id) ?? UNKNOWN_ROW;
  return { id, subject: kind, folded: foldEntries(kind, id, entries, from), seq };
}

async function compareAll(
  query: Query,
  foldings: readonly Folding[],
  report: StateReport,
): Promise<void> {
  const created = foldings.filter(({ subject, id }) => initialRow(subject, id) === null);
  const bySubject = Map.groupBy(created, ({ subject }) => subject);
  for (const [subject, each] of bySubject) {
    const rows = await STATE[subject].find(
      query,
      each.map(({ id }) => id),
    );
    const values = await privateValuesOf(query, each.flatMap(committingEntries));
    const differing: Difference[] = [];
    for (const [index, folding] of each.entries()) {
      if (index % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await setImmediate();
      const row = rows.get(folding.id);
      if (row) report.rows += 1;
      const differences = compareOne(folding, row, values);
      if (differences.length > 0) differing.push({ folding, differences });
    }
    await addSettled(query, differing, report);
  }
}

interface Difference {
  folding: Folding;
  differences: ReturnType<typeof compareRow>;
}

function committingEntries({ folded }: Folding): string[] {
  const ids = Object.values(folded.fields).flatMap((field) =>
    "commitment" in field ? field.entryId : [],
  );
  return [...new Set(ids)];
}

function compareOne(
  { folded }: Folding,
  row: FoundRow | undefined,
  values: ReadonlyMap<string, PrivateValues>,
): Difference["differences"] {
  const erasedAt = row?.ownerErasedAt ?? null;
  const due = erasedAt === null ? folded : ofErasedOwner(folded, erasedAt);
  return compareRow(due, row?.row ?? null, {
    open: ({ entryId, pointer }: Committed) => values.get(entryId)?.[pointer] ?? null,
    sha256: sha256Hex,
    now: new Date().toISOString(),
  });
}

// The row was read after the entries. Unless there are later ones, it is what those entries should have made of it.
async function addSettled(
  query: Query,
  differing: readonly Difference[],
  report: StateReport,
): Promise<void> {
  if (differing.length === 0) return;
  const moving = await withNewerEntries(
    query,
    differing.map(({ folding }) => folding),
  );
  for (const { folding, differences } of differing) {
    const settled = moving.has(folding.id)
      ? await settle(query, folding)
      : { folding, differences };
    const { id, subject, folded } = settled.folding;
    report.add(subject, id, folded.lastEntryId, settled.differences);
  }
}

/** Compares a row that changes meanwhile with its later entries, until it stays the same for a round. */
async function settle(query: Query, folding: Folding): Promise<Difference> {
  let current = folding;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    for (;;) {
      const later = await entriesOf(query, current.id, current.seq);
      if (later === null) break;
      current = foldGroup(later, current) ?? current;
    }
    const rows = await STATE[current.subject].find(query, [current.id]);
    const values = await privateValuesOf(query, committingEntries(current));
    const differences = compareOne(current, rows.get(current.id), values);
    const isOver =
      differences.length === 0 || (await withNewerEntries(query, [current])).size === 0;
    if (isOver) return { folding: current, differences };
  }
  return { folding: current, differences: [] };
}

async function findUnexplained(
  query: Query,
  subject: StateSubject,
  report: StateReport,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { id, row } of initialRows(subject)) {
    const { folding, differences } = await settle(query, { id, subject, folded: row, seq: "0" });
    report.add(subject, id, folding.folded.lastEntryId, differences);
  }
  for await (const ids of STATE[subject].ids(query)) {
    signal?.throwIfAborted();
    const created = ids.filter((id) => initialRow(subject, id) === null);
    for (const { id, lastEntryId } of await withoutEntry(query, created, creatorsOf(subject))) {
      report.add(subject, id, lastEntryId, [wholeRow("row_unexplained")]);
    }
  }
}
