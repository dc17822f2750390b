/**
 * A log only grows at its top: what is shown stays where it is, and what is new waits.
 * @param top the id of the uppermost entry that is shown; undefined: none yet
 */
export function settled<Item extends { id: string }>(
  items: readonly Item[],
  top: string | undefined,
): { rows: readonly Item[]; waiting: number } {
  const at = top === undefined ? -1 : items.findIndex(({ id }) => id === top);
  return at <= 0 ? { rows: items, waiting: 0 } : { rows: items.slice(at), waiting: at };
}
