import { PRIVATE_FIELDS } from "../log/private-values.ts";
import type { StateSubject } from "../log/state-verification.ts";
import { implied } from "./implied-fields.ts";
import { EFFECTS, LOGGED_FIELDS, presenceOf } from "./logged-fields.ts";
import { type FoldedRow, type LoggedEntry, type LoggedValue, UNKNOWN_ROW } from "./logged-row.ts";

/**
 * Folds entries about one row, in their order, into what the row must hold.
 * @param id public id of the row
 * @param from what earlier entries made of it
 */
export function foldEntries(
  subject: StateSubject,
  id: string,
  entries: readonly LoggedEntry[],
  from: FoldedRow = UNKNOWN_ROW,
): FoldedRow {
  let { created, deleted } = from;
  let fields: Record<string, LoggedValue> = from.fields;
  for (const entry of entries) {
    const effect = Object.hasOwn(EFFECTS, entry.action) ? EFFECTS[entry.action] : "nothing";
    if (effect === "nothing") continue;
    const before = fields;
    fields = { ...before };
    if (effect === "deletes") deleted = true;
    if (effect === "creates") {
      created = true;
      fields = newFields(subject);
    }
    const isRecord = typeof entry.changes === "object" && entry.changes !== null;
    for (const [field, change] of isRecord ? Object.entries(entry.changes as object) : []) {
      const presence = presenceOf(subject, field);
      if (presence === undefined || presence === "elsewhere") continue;
      fields[field] = toLogged(field, change?.to ?? null, entry.id);
    }
    Object.assign(fields, implied(subject, id, entry, before, fields));
  }
  return { created, deleted, lastEntryId: entries.at(-1)?.id ?? from.lastEntryId, fields };
}

function newFields(subject: StateSubject): Record<string, LoggedValue> {
  const fields: Record<string, LoggedValue> = {};
  for (const [field, presence] of Object.entries(LOGGED_FIELDS[subject])) {
    if (presence === "optional") fields[field] = { value: null };
  }
  return fields;
}

function toLogged(field: string, to: unknown, entryId: string): LoggedValue {
  if (!PRIVATE_FIELDS.has(field) || to === null) return { value: to };
  const commitment = String((to as { commitment?: unknown }).commitment);
  return { commitment, entryId, pointer: `/changes/${field}/to` };
}
