const ESC = "\u001B";

/**
 * What a program writes to color a terminal: ECMA-48's control sequences, commands that end with BEL or ST (links,
 * titles), and the choice of a character set.
 * @see https://ecma-international.org/publications-and-standards/standards/ecma-48/
 */
const SEQUENCE = new RegExp(
  `${ESC}(?:\\[[0-?]*[ -/]*[@-~]|\\][^\\u0007${ESC}]*(?:\\u0007|${ESC}\\\\)|[()][0-9A-B])`,
  "g",
);

/** The text with a blank for each character of such a sequence, so that positions in it stay what they were. */
export function maskTerminalSequences(text: string): string {
  if (!text.includes(ESC)) return text;
  return text.replace(SEQUENCE, (sequence) => " ".repeat(sequence.length));
}

/**
 * The text without such sequences. One with an escape character of its own stays as it is, since what is left could be
 * another sequence.
 */
export function withoutTerminalSequences(text: string): string {
  if (!text.includes(ESC)) return text;
  const plain = text.replace(SEQUENCE, "");
  return plain.includes(ESC) ? text : plain;
}
