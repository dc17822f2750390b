import { isMembers, type Members, rewritten } from "./document-json.ts";

/** The document without redundant keywords: shorter for people, safer for generators. */
export function tidy(document: object): Members {
  return rewritten(document as Members, (members) =>
    asParameter(withSize(withoutNoise(nullableAsType(members)))),
  ) as Members;
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
  // Generators that come from OpenAPI 3.0 know only `enum`, and need the value to tell the events of a union apart.
  if (tidy.const !== undefined) {
    tidy.enum = [tidy.const];
    delete tidy.const;
  }
  // OpenAPI 3.1 has JSON Schema's `examples`.
  if (tidy.example !== undefined && tidy.description !== undefined) {
    tidy.examples = [tidy.example];
    delete tidy.example;
  }
  return tidy;
}

/** Whole numbers fit into 32 bits unless their field says otherwise. */
function withSize(members: Members): Members {
  const isWhole = members.type === "integer" || [members.type].flat().includes("integer");
  return isWhole && members.format === undefined ? { ...members, format: "int32" } : members;
}

/** A parameter's description belongs to the parameter, not to its schema. Lists repeat the name. */
function asParameter(members: Members): Members {
  if (typeof members.in !== "string" || !isMembers(members.schema)) return members;
  const { in: place, name, description: outer, schema: described, ...rest } = members;
  const { description = outer, ...schema } = described as Members;
  const style =
    schema.type === "array" && place === "query" ? { style: "form", explode: true } : {};
  return { name, in: place, description, ...style, ...rest, schema } as Members;
}
