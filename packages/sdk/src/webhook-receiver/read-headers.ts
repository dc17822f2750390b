/** Anything with `get`, or a plain object such as Node's `request.headers`. Upper and lower case are the same. */
export type RawHeaders =
  | Headers
  | { get(name: string): string | null | undefined }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The value of a header, by its name in lower case; undefined without one. */
export type ReadHeader = (name: string) => string | undefined;

/**
 * Reads headers by what they can do, not by their class: there are several implementations of `Headers`, and one of each in
 * every realm.
 */
export function headerReader(headers: RawHeaders | undefined): ReadHeader {
  const { get } = (headers ?? {}) as { get?: unknown };
  const values = new Map<string, unknown>();
  for (const [name, value] of entriesOf(headers ?? {})) {
    values.set(String(name).toLowerCase(), value);
  }
  return (name) => {
    const own = typeof get === "function" ? get.call(headers, name) : undefined;
    return firstText(own ?? values.get(name));
  };
}

function entriesOf(headers: object): Iterable<readonly [unknown, unknown]> {
  const isIterable = Symbol.iterator in headers;
  return isIterable ? (headers as Iterable<[unknown, unknown]>) : Object.entries(headers);
}

function firstText(value: unknown): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" ? first : undefined;
}
