import type { z } from "zod";

type Coerce = (values: readonly string[]) => unknown;

const first: Coerce = (values) => (values.length === 1 ? values[0] : values);
const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;

/**
 * Functions that convert query strings to the type of each field. Anything else stays a string, so that validation
 * refuses it by name. The schema itself, which tRPC shares, is not changed.
 */
export function queryCoercions(schema: z.ZodObject): ReadonlyMap<string, Coerce> {
  return new Map(Object.entries(schema.shape).map(([name, field]) => [name, coercionFor(field)]));
}

function coercionFor(field: z.core.$ZodType): Coerce {
  const def = field._zod.def as z.core.$ZodTypeDef & { innerType?: z.core.$ZodType };
  switch (def.type) {
    case "optional":
      return def.innerType ? coercionFor(def.innerType) : first;
    case "number":
      return (values) => {
        const value = first(values);
        return typeof value === "string" && NUMBER.test(value) ? Number(value) : value;
      };
    case "boolean":
      return (values) => {
        const value = first(values);
        return value === "true" ? true : value === "false" ? false : value;
      };
    default:
      return first;
  }
}

/** The query of a URL as a procedure's input. A repeated name keeps all its values. */
export function readQuery(
  url: string,
  coercions: ReadonlyMap<string, Coerce>,
): [string, unknown][] {
  const start = url.indexOf("?");
  if (start === -1) return [];
  const query = new URLSearchParams(url.slice(start));
  const names = new Set(query.keys());
  return [...names].map((name) => [name, (coercions.get(name) ?? first)(query.getAll(name))]);
}
