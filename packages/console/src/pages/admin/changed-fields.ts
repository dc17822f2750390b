/** A field that differs between what was shown and what there is now. */
export interface ChangedField<Item> {
  field: keyof Item & string;
  from: unknown;
  to: unknown;
}

/** What somebody else has changed since an item was shown, in the order of the fields. */
export function changedFields<Item extends object>(
  before: Item,
  now: Item,
  fields: readonly (keyof Item & string)[],
): ChangedField<Item>[] {
  return fields
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(now[field]))
    .map((field) => ({ field, from: before[field], to: now[field] }));
}
