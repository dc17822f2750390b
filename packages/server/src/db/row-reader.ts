/** Makes an object of the texts of a row. */
export type RowReader = (texts: readonly (string | null)[]) => object;

export interface RowField {
  name: string;
  /** Null: the text itself. */
  parse: ((text: string) => unknown) | null;
}

/**
 * Compiles a reader of rows: an object literal is several times faster than an assignment for each field. Of fields of
 * one name, the last counts.
 */
export function compileRowReader(fields: readonly RowField[]): RowReader {
  const members = fields.map(({ name, parse }, index) => {
    const text = `texts[${index}]`;
    const value = parse ? `${text} === null ? null : parsers[${index}](${text})` : text;
    // In brackets, or `__proto__` would be the object's prototype.
    return `[${JSON.stringify(name)}]: ${value}`;
  });
  const compile = new Function("parsers", `return (texts) => ({ ${members.join(", ")} });`);
  return compile(fields.map(({ parse }) => parse)) as RowReader;
}
