import pg from "pg";

const TIMESTAMPTZ = pg.types.builtins.TIMESTAMPTZ;
const parseAny = pg.types.getTypeParser(TIMESTAMPTZ) as (text: string) => Date;

/** With milliseconds at most, of the years 0000 to 9999 in UTC: what the columns hold when the session's time zone is UTC. */
const USUAL_LENGTHS = new Set([22, 24, 25, 26]);

/** A `timestamptz` as PostgreSQL writes it: "2026-03-02 09:00:00.123+00". The parser of `pg` looks for more, by regular expressions. */
export function parseMoment(text: string): Date {
  return text.endsWith("+00") && text[10] === " " && USUAL_LENGTHS.has(text.length)
    ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`)
    : parseAny(text);
}

/** The parsers of `pg`, but for moments. */
export const PARSERS = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === TIMESTAMPTZ && format !== "binary"
      ? parseMoment
      : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser,
};
