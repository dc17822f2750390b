import { type FoldedRow, type StateSubject, UNKNOWN_ROW } from "@serviceflow/domain";

/** The rows that migrations insert, and no entry creates. */
const GENERAL: FoldedRow = {
  ...UNKNOWN_ROW,
  created: true,
  fields: {
    name: { value: "General" },
    names: { value: null },
    description: { value: "Whatever fits nowhere else." },
    active: { value: true },
    version: { value: 1 },
  },
};

const ROWS: Partial<Record<StateSubject, ReadonlyMap<string, FoldedRow>>> = {
  category: new Map([["general", GENERAL]]),
};

/** What a migration inserted; null for any other row. */
export function initialRow(subject: StateSubject, id: string): FoldedRow | null {
  return ROWS[subject]?.get(id) ?? null;
}

export function initialRows(subject: StateSubject): { id: string; row: FoldedRow }[] {
  return [...(ROWS[subject] ?? [])].map(([id, row]) => ({ id, row }));
}
