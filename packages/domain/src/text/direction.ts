/** What closes each character that sets the direction of what follows. */
const CLOSED_BY: Readonly<Record<string, string>> = {
  "\u202A": "\u202C",
  "\u202B": "\u202C",
  // Address books put a phone number between these two.
  "\u202D": "\u202C",
  "\u2066": "\u2069",
  "\u2067": "\u2069",
  "\u2068": "\u2069",
};
const DIRECTION = /[\u202A-\u202D\u2066-\u2069]/g;

/** Where a text opens or closes a direction without its counterpart, so that it would change what stands around it. */
export interface Unbalanced {
  index: number;
  fault: "never_closed" | "closes_nothing";
}

/**
 * The first such place, or null: each direction must be closed, the last one first.
 * @see https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings
 */
export function findUnbalanced(text: string): Unbalanced | null {
  const open: { index: number; close: string }[] = [];
  for (const { 0: mark, index } of text.matchAll(DIRECTION)) {
    const close = CLOSED_BY[mark];
    if (close !== undefined) open.push({ index, close });
    else if (open.pop()?.close !== mark) return { index, fault: "closes_nothing" };
  }
  const [unclosed] = open;
  return unclosed ? { index: unclosed.index, fault: "never_closed" } : null;
}
