import type { Json } from "./json.ts";

/** Who sends a value: a client, which must be free to send what it did, or the server, which must keep what it promised. */
export type Direction = "request" | "response";

const AT_MOST = ["maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"];
const AT_LEAST = ["minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"];

/** What is limited more than it was where a client sends it, and what its form no longer promises where it is answered. */
export function limitFaults(old: Json, now: Json, direction: Direction): string[] {
  if (direction === "response") {
    const isLost = old.format !== undefined && old.format !== now.format;
    return isLost ? [`its format was ${old.format}, and is ${now.format ?? "free"}`] : [];
  }
  const narrowed = [
    ...AT_MOST.filter((limit) => of(now, limit, Infinity) < of(old, limit, Infinity)),
    ...AT_LEAST.filter((limit) => of(now, limit, floor(limit)) > of(old, limit, floor(limit))),
  ];
  const changed = ["format", "pattern", "multipleOf"].filter(
    (key) => now[key] !== undefined && now[key] !== old[key],
  );
  return [
    ...[...narrowed, ...changed].map(
      (key) => `its ${key} was ${old[key] ?? "free"}, and is ${now[key]}`,
    ),
    ...(now.uniqueItems === true && old.uniqueItems !== true ? ["takes no item twice now"] : []),
    ...defaultFault(old, now),
  ];
}

/** A client that leaves it out relies on what is meant then. */
function defaultFault(old: Json, now: Json): string[] {
  const [was, is] = [JSON.stringify(old.default), JSON.stringify(now.default)];
  return was === undefined || was === is ? [] : [`its default was ${was}, and is ${is ?? "none"}`];
}

function of(schema: Json, limit: string, free: number): number {
  const value = schema[limit];
  return typeof value === "number" ? value : free;
}

/** A length cannot be less than none. */
function floor(limit: string): number {
  return limit === "minimum" || limit === "exclusiveMinimum" ? -Infinity : 0;
}
