/**
 * Whether one position of the feed is later than another. A cursor is base64url; of two, the one with the greater bytes is
 * the later. `start` comes before all, `now` after all.
 */
export function isAfter(one: string, other: string): boolean {
  return one !== other && sortable(one) > sortable(other);
}

function sortable(cursor: string): string {
  if (cursor === "start") return "";
  if (cursor === "now") return "\uffff";
  try {
    return atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return cursor;
  }
}
