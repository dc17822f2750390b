import { z } from "zod";

type Coerce = (values: readonly string[]) => unknown;

const first: Coerce = (values) => (values.length === 1 ? values[0] : values);
const separated = (values: readonly string[]) => values.flatMap((value) => value.split(","));
const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;

/**
 * Functions that convert query strings to the type of each field. Anything else stays a string, so that validation
 * refuses it by name. The schema itself, which tRPC shares, is not changed.
 */
export function queryCoercions(schema: z.ZodObject): ReadonlyMap<string, Coerce> {
  return new Map(Object.entries(schema.shape).map(([name, field]) => [name, coercionFor(field)]));
}

function coercionFor(field: z.core.$ZodType): Coerce {
  const def = field._zod.def as z.core.$ZodTypeDef & {
    innerType?: z.core.$ZodType;
    options?: readonly z.core.$ZodType[];
  };
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
    case "array":
      return separated;
    // One value or several: clients that do not repeat a name put commas between them.
    case "union":
      return def.options?.some(({ _zod }) => _zod.def.type === "array")
        ? (values) => first(separated(values))
        : first;
    default:
      return first;
  }
}

/** The query of a URL as a procedure's input. A repeated name keeps all its values. */
export function readQuery(
  url: string,
  coercions: Pick<ReadonlyMap<string, Coerce>, "get">,
): [string, unknown][] {
  const start = url.indexOf("?");
  if (start === -1) return [];
  const query = new URLSearchParams(url.slice(start));
  const names = new Set(query.keys());
  return [...names].map((name) => [name, (coercions.get(name) ?? first)(query.getAll(name))]);
}

/** A query of `name.field=value`, as a record by the names. A name without a field is an entry without any. */
export function readNamedQuery(
  url: string,
  field: string,
  coercions: ReadonlyMap<string, Coerce>,
): [string, unknown][] {
  const entries = new Map<string, [string, unknown][]>();
  for (const [key, value] of readQuery(url, ofNamed(coercions))) {
    const [name = "", ...rest] = key.split(".");
    const fields = entries.get(name) ?? [];
    if (rest.length > 0 || value !== "") fields.push([rest.join("."), value]);
    entries.set(name, fields);
  }
  const named = [...entries].map(([name, fields]) => [name, Object.fromEntries(fields)]);
  return [[field, Object.fromEntries(named)]];
}

function ofNamed(coercions: ReadonlyMap<string, Coerce>): Pick<Map<string, Coerce>, "get"> {
  return { get: (key) => coercions.get(key.slice(key.indexOf(".") + 1)) };
}

/** The schema of each entry of a record in an input. */
export function entrySchemaOf(schema: z.ZodObject, field: string): z.ZodObject {
  const record = schema.shape[field];
  const value = record instanceof z.ZodRecord ? record.valueType : null;
  if (!(value instanceof z.ZodObject)) throw new Error(`${field} must be a record of objects.`);
  return value;
}
