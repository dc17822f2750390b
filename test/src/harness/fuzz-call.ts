import fc from "fast-check";
import { type FuzzWorld, KEYS, type KeyName, STAGES, type Stage } from "./fuzz-world.ts";
import type { DocumentedOperation, OpenApi, Parameter } from "./openapi.ts";
import {
  oneOf,
  SchemaArbitrary,
  STRANGE_TEXTS,
  STRANGE_VALUES,
  strangeBody,
  strangeText,
  toJson,
} from "./schema-arbitrary.ts";

/** One call of an operation, good or bad. */
export interface Call {
  key: KeyName;
  /** What stands in the path for `{id}`: something new, or a text as it is. */
  target: { fresh: Stage } | { raw: string } | null;
  query: string;
  type: string | null;
  body: string | Uint8Array<ArrayBuffer> | null;
  headers: Record<string, string>;
  /** Whether everything in it is as the document says. */
  isAllowed: boolean;
}

/** Calls of one operation. */
export class CallArbitrary {
  readonly #operation: DocumentedOperation;
  readonly #world: FuzzWorld;
  readonly #schemas: SchemaArbitrary;
  readonly #query: Parameter[];
  readonly #strangeTarget: fc.Arbitrary<{ raw: string }>;

  constructor(openApi: OpenApi, operation: DocumentedOperation, world: FuzzWorld) {
    this.#operation = operation;
    this.#world = world;
    this.#schemas = new SchemaArbitrary(openApi, world.samples(operation));
    this.#query = operation.parameters.filter((parameter) => parameter.in === "query");
    // `/users/me` is an operation of its own, which answers for itself.
    const others = new Set(openApi.operations.map(({ path }) => path));
    this.#strangeTarget = strangeTarget.filter(
      ({ raw }) => !others.has(operation.path.replace("{id}", raw)),
    );
  }

  any(): fc.Arbitrary<Call> {
    return fc.oneof(
      { weight: 2, arbitrary: this.#allowed() },
      { weight: 3, arbitrary: this.#strange() },
    );
  }

  /** Every strange value in every place, one at a time, by an administrator. */
  sweep(): Call[] {
    const { body } = this.#operation;
    const base: Call = {
      key: "admin",
      target: this.#hasTarget ? { fresh: "NEW" } : null,
      query: "",
      type: "application/json",
      body: null,
      headers: {},
      isAllowed: false,
    };
    const bodySchema = body?.schema ?? {};
    const required = { ...bodySchema, properties: {} };
    for (const name of bodySchema.required ?? []) {
      required.properties = { ...required.properties, [name]: bodySchema.properties?.[name] };
    }
    const fields = body
      ? (fc.sample(this.#schemas.allowed(required), { numRuns: 1, seed: 1 })[0] as object)
      : null;
    return [
      ...this.#query
        .flatMap(namesOf)
        .flatMap((name) =>
          STRANGE_TEXTS.map((text) => ({ ...base, query: toQuery({ [name]: text }) })),
        ),
      ...Object.keys(bodySchema.properties ?? {}).flatMap((name) =>
        [...STRANGE_TEXTS, ...STRANGE_VALUES].map((value) => ({
          ...base,
          body: toJson({ ...fields, [name]: value }),
        })),
      ),
      ...(this.#hasTarget ? STRANGE_TARGETS : []).map((raw) => ({
        ...base,
        target: { raw },
        body: fields && toJson(fields),
      })),
    ];
  }

  get #hasTarget(): boolean {
    return this.#operation.path.includes("{id}");
  }

  #allowed(): fc.Arbitrary<Call> {
    return fc.record({
      key: workingKey,
      target: this.#target(),
      query: this.#fields().map(toQuery),
      type: fc.constantFrom(
        "application/json",
        "application/json; charset=utf-8",
        "application/merge-patch+json",
      ),
      body: this.#body(),
      headers: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, plainHeaders),
      isAllowed: fc.constant(true),
    });
  }

  #strange(): fc.Arbitrary<Call> {
    const { body } = this.#operation;
    const changedBody = body ? this.#schemas.brokenBody(body.schema) : strangeBody;
    return fc.record({
      key: fc.oneof({ weight: 4, arbitrary: workingKey }, oneOf(KEYS)),
      target: this.#hasTarget ? fc.oneof(this.#target(), this.#strangeTarget) : this.#target(),
      query: fc.oneof(this.#fields().map(toQuery), this.#strangeQuery()),
      type: fc.oneof({ weight: 5, arbitrary: fc.constant("application/json") }, strangeType),
      body: fc.oneof(this.#body(), { weight: 3, arbitrary: changedBody }, strangeBody),
      headers: strangeHeaders,
      isAllowed: fc.constant(false),
    });
  }

  #target(): fc.Arbitrary<Call["target"]> {
    if (!this.#hasTarget) return fc.constant(null);
    const existing = this.#world.existing(this.#operation);
    return fc.oneof(
      { weight: 4, arbitrary: oneOf(STAGES).map((fresh) => ({ fresh })) },
      { weight: 1, arbitrary: oneOf(existing).map((raw) => ({ raw })) },
    );
  }

  #fields(): fc.Arbitrary<Record<string, unknown>> {
    const properties = Object.fromEntries(this.#query.map(({ name, schema }) => [name, schema]));
    const required = this.#query.flatMap(({ name, required }) => (required ? [name] : []));
    const fields = this.#schemas.allowed({ type: "object", properties, required });
    return fields as fc.Arbitrary<Record<string, unknown>>;
  }

  #strangeQuery(): fc.Arbitrary<string> {
    const names = [...this.#query.flatMap(namesOf), "__proto__", "id", "limit[]", "", "a\0b"];
    const changed = fc
      .tuple(this.#fields(), oneOf(names), strangeText)
      .map(([fields, name, text]) => toQuery({ ...fields, [name]: text }));
    return fc.oneof(
      { weight: 5, arbitrary: changed },
      fc.constantFrom("%zz=%", "&&=&", "limit=20&limit=20", "cursor=%00", "q=%ED%A0%80"),
    );
  }

  #body(): fc.Arbitrary<string | null> {
    const { body } = this.#operation;
    return body
      ? this.#schemas.allowed(body.schema).map((fields) => JSON.stringify(fields))
      : fc.constantFrom(null, "{}");
  }
}

/** The names in a query of a parameter: each field of an object is one of its own. */
function namesOf({ name, schema }: Parameter): string[] {
  const [example] = schema.type === "object" ? (schema.examples ?? []) : [];
  return [name, ...Object.keys(example ?? {})];
}

function toQuery(fields: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  const isObject = (value: unknown) => typeof value === "object" && !Array.isArray(value);
  const exploded = Object.entries(fields).flatMap(([name, value]) =>
    isObject(value) ? Object.entries(value as object) : [[name, value] as const],
  );
  for (const [name, value] of exploded) {
    for (const item of Array.isArray(value) ? value : [value]) query.append(name, String(item));
  }
  return query.toString();
}

const STRANGE_TARGETS = [
  "%00",
  "%",
  "%zz",
  "%ED%A0%80",
  "%2F",
  "a%2Fb",
  "..%2f..",
  "SF-0",
  "SF-2147483648",
  "sf-1001",
  "SF-1e3",
  "it",
  "usr_01",
  "key_zzzzzzzzzzzzzzzzzzzzzzzzzz",
  "__proto__",
  "x".repeat(3000),
];

const strangeTarget = fc
  .oneof(
    fc.constantFrom(...STRANGE_TARGETS),
    strangeText.map((text) => encodeURIComponent(text.toWellFormed())),
  )
  // A URL takes "." and ".." for steps in its path, and an empty one is another path.
  .filter((raw) => !/^\.{0,2}$/.test(raw))
  .map((raw) => ({ raw }));

const strangeType = fc.constantFrom(
  null,
  "",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/jsonp",
  "application/json; charset=latin1",
  "application/json, text/plain",
);

const idempotencyKey = fc.oneof(fc.uuid(), fc.constantFrom("one", '"one"', '"two words"'));
const plainHeaders = fc.record(
  { "if-match": fc.constantFrom("*", '"1"'), "idempotency-key": idempotencyKey },
  { requiredKeys: [] },
);
const workingKey = oneOf<KeyName>(["admin", "admin", "agent", "employee"]);
const entityTag = fc.constantFrom("*", '"1"', '"1-x"', 'W/"1"', '"1", "2"', "1", "", ",", '"', "é");
const strangeHeaders = fc.record(
  {
    "if-match": entityTag,
    "if-none-match": entityTag,
    "idempotency-key": fc.oneof(
      idempotencyKey,
      fc.constantFrom("", '""', '"', "two words", "é", "x".repeat(256), '"a\\"b"', '"a\\b"'),
    ),
    "x-request-id": fc.constantFrom("given", "", "not valid!", "é", "x".repeat(129)),
    "x-bootstrap-key": fc.constantFrom("", "wrong", "a-bootstrap-key-that-is-long-enough"),
    accept: fc.constantFrom("text/html", "*/*", ""),
    "user-agent": fc.constantFrom("é\u007f", "x".repeat(2000), ""),
    traceparent: fc.constantFrom("nonsense"),
  },
  { requiredKeys: [] },
);
