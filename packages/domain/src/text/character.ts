/** The character at an index of a text, `U+0007`, and at which of its characters people find it, from 1. */
export function placeOf(text: string, index: number): { character: string; position: number } {
  const codePoint = text.codePointAt(index) ?? 0;
  const character = `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;
  return { character, position: [...text.slice(0, index)].length + 1 };
}

/** The same in words: "U+0007 at character 12". */
export function characterAt(text: string, index: number): string {
  const { character, position } = placeOf(text, index);
  return `${character} at character ${position}`;
}
