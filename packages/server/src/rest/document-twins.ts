import { isMembers, type Members, membersOf, rewritten } from "./document-json.ts";

const SCHEMAS = "#/components/schemas/";
const OUTPUT = "Output";

/** New names by old names. */
type Renaming = ReadonlyMap<string, string>;

/**
 * The document with one schema for one thing. What occurs in bodies and in answers is described twice, as `X` and
 * `XOutput`, and so are bodies that several operations have in common; where two forms differ, both stay.
 */
export function withoutTwins(document: Members): Members {
  return renamed(renamed(document, alikeOutputs(document)), alikeInputs(document));
}

function alikeOutputs(document: Members): Renaming {
  const schemas = membersOf(document, "components", "schemas");
  const pairs = new Map(
    Object.keys(schemas)
      .filter((name) => name.endsWith(OUTPUT) && name.slice(0, -OUTPUT.length) in schemas)
      .map((name) => [name, name.slice(0, -OUTPUT.length)]),
  );
  // One pair that differs can make others differ, which refer to it.
  for (let before = -1; before !== pairs.size; ) {
    before = pairs.size;
    for (const [output, input] of pairs) {
      const isAlike = formOf(schemas, output, pairs) === formOf(schemas, input, pairs);
      if (!isAlike) pairs.delete(output);
    }
  }
  return pairs;
}

function formOf(schemas: Members, name: string, renaming: Renaming): string {
  return JSON.stringify(withRefs(membersOf(schemas, name), renaming));
}

function alikeInputs(document: Members): Renaming {
  const firsts = new Map<string, string>();
  const twins = new Map<string, string>();
  for (const [name, schema] of Object.entries(membersOf(document, "components", "schemas"))) {
    if (!name.endsWith("Input") || !isMembers(schema)) continue;
    const form = JSON.stringify({ ...schema, description: null });
    const first = firsts.get(form);
    if (first === undefined) firsts.set(form, name);
    else twins.set(name, first);
  }
  return twins;
}

function renamed(document: Members, renaming: Renaming): Members {
  const components = membersOf(document, "components");
  const kept = Object.entries(membersOf(components, "schemas")).filter(
    ([name]) => !renaming.has(name),
  );
  const whole = {
    ...document,
    components: { ...components, schemas: Object.fromEntries(kept) },
  };
  return withRefs(whole, renaming);
}

function withRefs(node: Members, renaming: Renaming): Members {
  return rewritten(node, (members) => {
    const { $ref } = members;
    if (typeof $ref === "string") {
      const name = renaming.get($ref.slice(SCHEMAS.length));
      return name === undefined ? members : { ...members, $ref: `${SCHEMAS}${name}` };
    }
    return isMapping(members) ? mapped(members, renaming) : members;
  }) as Members;
}

/** Of a discriminator: its values are references too. */
function isMapping(members: Members): boolean {
  const values = Object.values(members);
  return (
    values.length > 0 &&
    values.every((value) => typeof value === "string" && value.startsWith(SCHEMAS))
  );
}

function mapped(members: Members, renaming: Renaming): Members {
  return Object.fromEntries(
    Object.entries(members).map(([key, value]) => {
      const name = renaming.get(String(value).slice(SCHEMAS.length));
      return [key, name === undefined ? value : `${SCHEMAS}${name}`];
    }),
  );
}
