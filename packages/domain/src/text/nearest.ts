const MAX_EDITS = 2;

/** The known name that was probably meant, or null: the same letters in other forms, or with a slip or two. */
export function nearestName(name: string, known: readonly string[]): string | null {
  if (name.length > 50) return null;
  const given = plain(name);
  if (given === "") return null;
  let nearest: string | null = null;
  // Of a short word, two other letters make another word.
  let fewest = Math.min(MAX_EDITS, Math.floor(given.length / 3)) + 1;
  for (const each of known) {
    const edits = editsBetween(given, plain(each));
    if (edits < fewest) {
      nearest = each;
      fewest = edits;
    }
  }
  return nearest;
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "")
    .replace(/s$/, "");
}

/** How many letters differ, are missing, are too many, or have changed places with the next one. */
function editsBetween(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const isSame = from[i - 1] === to[j - 1];
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row[j] = Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + (isSame ? 0 : 1),
        isSwapped ? at(beforeLast, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = row;
  }
  return at(last, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
