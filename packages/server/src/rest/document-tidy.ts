type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Members = { [key: string]: Json };

/** The document without redundant keywords: shorter for people, safer for generators. */
export function tidy(document: object): Json {
  return tidied(document as Members);
}

function tidied(node: Json): Json {
  if (Array.isArray(node)) return node.map(tidied);
  if (typeof node !== "object" || node === null) return node;
  const members: Members = Object.fromEntries(
    Object.entries(node).map(([name, member]) => [name, tidied(member)]),
  );
  return describedOnce(withoutNoise(nullableAsType(members)));
}

/** `anyOf: [T, null]` as `type: [T, "null"]`. */
function nullableAsType(members: Members): Members {
  const { anyOf, ...rest } = members;
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return members;
  const [schema, other] = anyOf as [Members, Members];
  if (other.type !== "null" || typeof schema.type !== "string") return members;
  const values = Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {};
  return { ...schema, ...values, ...rest, type: [schema.type, "null"] };
}

function withoutNoise(members: Members): Members {
  const tidy = { ...members };
  if (typeof tidy.$ref === "string") {
    // Next to a reference it would forbid every field of the referenced schema.
    delete tidy.additionalProperties;
  }
  // The format is enough, and generators without look-around fail on the pattern.
  if (tidy.format === "date-time" || tidy.format === "email") delete tidy.pattern;
  if (tidy.minimum === Number.MIN_SAFE_INTEGER) delete tidy.minimum;
  if (tidy.maximum === Number.MAX_SAFE_INTEGER) delete tidy.maximum;
  if (tidy.minLength === 0) delete tidy.minLength;
  if (typeof tidy.propertyNames === "object") delete tidy.propertyNames;
  // OpenAPI 3.1 has JSON Schema's `examples`.
  if (tidy.example !== undefined && tidy.description !== undefined) {
    tidy.examples = [tidy.example];
    delete tidy.example;
  }
  return tidy;
}

/** A parameter's description belongs to the parameter, not to its schema. */
function describedOnce(members: Members): Members {
  if (typeof members.in !== "string" || !isMembers(members.schema)) return members;
  const { in: place, name, description: outer, schema: described, ...rest } = members;
  const { description = outer, ...schema } = described as Members;
  return { name, in: place, description, ...rest, schema } as Members;
}

function isMembers(value: Json | undefined): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
