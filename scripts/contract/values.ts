import { type Schema, valuesOf } from "./schema.ts";

/** `in` is what a program sends, and must stay free to send; `out` is what it receives, and relies on. */
export type Direction = "in" | "out";

type Rule = readonly [keys: readonly string[], isBreak: (was: unknown, is: unknown) => boolean];
const number = (value: unknown, none: number) => (typeof value === "number" ? value : none);
const UPPER = ["maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties"];
const LOWER = ["minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties"];
/** Cannot be compared. */
const OPAQUE = ["allOf", "not", "if", "patternProperties", "prefixItems", "propertyNames"];

/** Which changes are breaks, by what changed. */
const RULES: Readonly<Record<Direction, readonly Rule[]>> = {
  in: [
    [UPPER, (was, is) => number(is, Infinity) < number(was, Infinity)],
    [LOWER, (was, is) => number(is, -Infinity) > number(was, -Infinity)],
    [["format", "pattern", "multipleOf", "uniqueItems"], (_, is) => is !== undefined],
    [["additionalProperties"], (_, is) => is === false],
    // A program that leaves it out relies on what that means.
    [["default"], (was) => was !== undefined],
    [OPAQUE, () => true],
  ],
  out: [
    [["format"], (was) => was !== undefined],
    [OPAQUE, () => true],
  ],
};

/** What breaks among the values of a type that stayed. */
export function valueFaults(old: Schema, now: Schema, direction: Direction): string[] {
  const show = (value: unknown) => JSON.stringify(value) ?? "none";
  const faults = RULES[direction].flatMap(([keys, isBreak]) =>
    keys
      .filter((key) => show(old[key]) !== show(now[key]) && isBreak(old[key], now[key]))
      .map((key) => `has ${key} ${show(now[key])} instead of ${show(old[key])}`),
  );
  const [was, is] = [valuesOf(old), valuesOf(now)];
  const refused = was?.filter((value) => !is?.includes(value)) ?? [];
  if (direction === "in" && is && !was) faults.push(`takes only ${is.join(", ")} now`);
  if (direction === "in" && is && refused.length > 0)
    faults.push(`no longer takes ${refused.join(", ")}`);
  // Programs expect further values, beside the ones that they know.
  if (direction === "out" && was && (!is || refused.length === was.length))
    faults.push(`was ${was.join(", ")}, and is ${is?.join(", ") ?? "free"}`);
  return faults;
}
