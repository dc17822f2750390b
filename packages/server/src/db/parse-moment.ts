import pg from "pg";

export const TIMESTAMPTZ = pg.types.builtins.TIMESTAMPTZ;
const parseAny = pg.types.getTypeParser(TIMESTAMPTZ) as (text: string) => Date;

/**
 * A `timestamptz` as ISO 8601 in UTC with milliseconds, from PostgreSQL's text: "2026-03-02 09:00:00.12+00". Dates would
 * be made only to be written down again.
 * One that JavaScript does not have, as only tampering puts there, stays as it is.
 */
export function parseMoment(text: string): string {
  // As a session in UTC writes the years 0000 to 9999.
  const isUsual = text[10] === " " && text.endsWith("+00") && text.length <= 29;
  if (!isUsual) {
    const time = parseAny(text);
    return time instanceof Date && Number.isFinite(time.valueOf()) ? time.toISOString() : text;
  }
  const fraction = text.slice(20, -3);
  const milliseconds = fraction.length === 3 ? fraction : fraction.slice(0, 3).padEnd(3, "0");
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}Z`;
}

/** The parsers of `pg`, but for moments. */
export const PARSERS = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === TIMESTAMPTZ && format !== "binary"
      ? parseMoment
      : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser,
};
