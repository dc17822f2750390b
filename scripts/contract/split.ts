const OPEN = "([{<";
const CLOSE = ")]}>";

/** Splits at a separator wherever no bracket and no quote is open. */
export function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (const at of outside(text)) {
    if (at < from || !text.startsWith(separator, at)) continue;
    parts.push(text.slice(from, at));
    from = at + separator.length;
  }
  return [...parts, text.slice(from)];
}

/** The places of a text where no bracket and no quote is open, those of the brackets themselves included. */
export function* outside(text: string): Generator<number> {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (quoted) {
      if (letter === "\\") at++;
      else quoted = letter !== '"';
      continue;
    }
    const isArrow = letter === ">" && text.charAt(at - 1) === "=";
    if (CLOSE.includes(letter) && !isArrow) depth--;
    if (depth === 0) yield at;
    if (OPEN.includes(letter)) depth++;
    quoted = letter === '"';
  }
}
