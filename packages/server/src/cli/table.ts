const GAP = "  ";
// A name could move the cursor, or colour what follows.
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Rows under a head, in columns as wide as they need. @param none what stands for no rows */
export function table(head: readonly string[], rows: readonly string[][], none: string): string {
  if (rows.length === 0) return none;
  const cells = [head, ...rows.map((row) => row.map((cell) => cell.replace(CONTROL, " ")))];
  const widths = head.map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? "").length)),
  );
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .join("\n");
}
