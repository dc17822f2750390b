/** A piece of a label: whether it is what was typed. */
export interface Piece {
  text: string;
  hit: boolean;
}

/**
 * Finds what was typed at the beginnings of a label's words, in any order.
 * @returns the label in pieces; undefined: it does not match
 */
export function match(label: string, typed: string): Piece[] | undefined {
  const wanted = wordsOf(typed);
  const words = [...label.matchAll(/[\p{L}\p{N}@_-]+/gu)];
  const hits: { from: number; to: number }[] = [];
  for (const one of wanted) {
    const found = words.find(({ 0: word }) => fold(word).startsWith(one));
    if (found === undefined) return undefined;
    hits.push({ from: found.index, to: found.index + one.length });
  }
  return pieces(label, hits);
}

function wordsOf(typed: string): string[] {
  return fold(typed).split(/\s+/).filter(Boolean);
}

/** Of the same length as the text, so that places in one are places in the other. */
function fold(text: string): string {
  const lower = text.toLowerCase().replaceAll("ё", "е");
  return lower.length === text.length ? lower : text;
}

function pieces(label: string, hits: readonly { from: number; to: number }[]): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const { from, to } of [...hits].sort((a, b) => a.from - b.from)) {
    if (to <= end) continue;
    if (from > end) found.push({ text: label.slice(end, from), hit: false });
    found.push({ text: label.slice(Math.max(from, end), to), hit: true });
    end = to;
  }
  if (end < label.length) found.push({ text: label.slice(end), hit: false });
  return found;
}
