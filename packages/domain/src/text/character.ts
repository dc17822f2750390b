/** The character at an index of a text, and where people who count characters find it: "U+0007 at character 12". */
export function characterAt(text: string, index: number): string {
  const codePoint = text.codePointAt(index) ?? 0;
  const position = [...text.slice(0, index)].length + 1;
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")} at character ${position}`;
}
