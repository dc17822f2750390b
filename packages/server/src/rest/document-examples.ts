import { isMembers, type Json, type Members, membersOf, operationsIn } from "./document-json.ts";

const SCHEMA = "#/components/schemas/";
const EXAMPLE = "#/components/examples/";
const JSON_TYPE = "application/json";

/**
 * Gives an example to each JSON body and answer that has none, composed of those of its fields: in answers of all, in
 * bodies of the required ones, or of all where none is required.
 */
export function addExamples(document: Members): void {
  const schemas = membersOf(document, "components", "schemas");
  const examples = membersOf(document, "components", "examples");
  const compose = composer(schemas);
  for (const operation of operationsIn(document)) {
    addBodyExample(membersOf(operation, "requestBody", "content", JSON_TYPE), compose);
    for (const [status, answer] of Object.entries(membersOf(operation, "responses"))) {
      if (!status.startsWith("2") || !isMembers(answer)) continue;
      const media = membersOf(answer, "content", JSON_TYPE);
      const name = nameOf(membersOf(media, "schema"), SCHEMA);
      if (name === null) continue;
      examples[name] ??= { summary: name, value: compose(membersOf(media, "schema"), "answer") };
      media.examples = { [name]: { $ref: `${EXAMPLE}${name}` } };
    }
  }
  for (const name of Object.keys(membersOf(document, "webhooks"))) {
    const message = membersOf(document, "webhooks", name, "post", "requestBody", "content");
    const media = membersOf(message, JSON_TYPE);
    media.example = compose(membersOf(media, "schema"), "answer");
  }
}

type Form = "answer" | "body";
type Compose = (schema: Members, form: Form) => Json;

function addBodyExample(media: Members, compose: Compose): void {
  if (media.schema && media.example === undefined) {
    media.example = compose(membersOf(media, "schema"), "body");
  }
}

function composer(schemas: Members): Compose {
  return function compose(schema, form): Json {
    const name = nameOf(schema, SCHEMA);
    if (name !== null && !schema.examples) return compose(membersOf(schemas, name), form);
    const { examples, properties, items, anyOf, oneOf, type } = schema;
    // Of times that can be missing most are, and those of one example should agree.
    if (schema.format === "date-time" && Array.isArray(type)) return null;
    if (Array.isArray(examples)) return examples[0] as Json;
    const options = (anyOf ?? oneOf) as Members[] | undefined;
    if (options?.[0]) return compose(options[0], form);
    if (isMembers(items)) return [compose(items, form)];
    if (!isMembers(properties)) return isMembers(schema.additionalProperties) ? {} : null;
    const required = Array.isArray(schema.required) ? schema.required : [];
    const names = Object.keys(properties).filter((each) => required.includes(each));
    const chosen = form === "answer" || names.length > 0 ? names : Object.keys(properties);
    return Object.fromEntries(
      chosen.map((each) => [each, compose(membersOf(properties, each), form)]),
    );
  };
}

function nameOf({ $ref }: Members, path: string): string | null {
  return typeof $ref === "string" && $ref.startsWith(path) ? $ref.slice(path.length) : null;
}
