/** A piece of what people wrote: plain, the id of a request, or the address of a page. */
export type TextPart = { kind: "text" | "request" | "address"; text: string };

const LINKS = /\b(SF-\d{1,12})\b|\bhttps?:\/\/[^\s<>"']+/gi;
/** What ends a sentence is not of the address before it. */
const TRAILING = /[.,;:!?…»”)\]]+$/;

/** Finds what a text names. Addresses are only those of http and https. */
export function partsOf(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(LINKS)) {
    const [whole, id] = match;
    const found = id ?? withoutTrailing(whole);
    if (match.index > end) parts.push({ kind: "text", text: text.slice(end, match.index) });
    parts.push({ kind: id === undefined ? "address" : "request", text: found });
    end = match.index + found.length;
  }
  if (end < text.length) parts.push({ kind: "text", text: text.slice(end) });
  return parts;
}

function withoutTrailing(address: string): string {
  const bare = address.replace(TRAILING, "");
  const closing = address.slice(bare.length);
  return closing.startsWith(")") && bare.includes("(") ? `${bare})` : bare;
}
