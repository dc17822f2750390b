import fc from "fast-check";
import type { OpenApi, Schema } from "./openapi.ts";

/** Real values of a field, by its name, to mix with the generated ones. */
export type Samples = (field: string) => readonly string[];

/** Stands in a body for a number that JSON can write and JavaScript cannot hold. */
const HUGE_NUMBER = "@huge@";

/** Values that a JSON Schema of the document allows, and values that it most likely does not. */
export class SchemaArbitrary {
  readonly #openApi: OpenApi;
  readonly #samples: Samples;

  constructor(openApi: OpenApi, samples: Samples) {
    this.#openApi = openApi;
    this.#samples = samples;
  }

  /** Allowed by the schema, and by what it cannot say of a text: its characters, and no space around it. */
  allowed(given: Schema, field = ""): fc.Arbitrary<unknown> {
    const schema = this.#openApi.resolve<Schema>(given as Schema & { $ref: string });
    if (schema.anyOf) return fc.oneof(...schema.anyOf.map((option) => this.allowed(option, field)));
    if (schema.enum) return oneOf(schema.enum);
    if (Array.isArray(schema.type)) {
      return fc.oneof(...schema.type.map((type) => this.allowed({ ...schema, type }, field)));
    }
    switch (schema.type) {
      case "string":
        return this.#text(schema, field);
      case "integer":
        return fc.integer({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1000 });
      case "boolean":
        return fc.boolean();
      case "null":
        return fc.constant(null);
      case "array":
        return fc.array(this.allowed(schema.items ?? {}, field), {
          minLength: schema.minItems ?? 0,
          maxLength: schema.maxItems ?? 5,
        });
      case "object":
        return this.#object(schema);
      default:
        throw new Error(`No values for ${JSON.stringify(schema)}`);
    }
  }

  /** The text of a body that was allowed until one thing about it was changed. */
  brokenBody(schema: Schema): fc.Arbitrary<string> {
    const fields = Object.keys(schema.properties ?? {});
    const required = schema.required ?? [];
    const alien = fc.tuple(fc.constantFrom(...fields, ...fields, ...STRANGE_NAMES), strangeValue);
    const changes = [
      {
        weight: 4,
        arbitrary: alien.map(([name, value]) => (body: Body) => [...body, [name, value]]),
      },
      ...required.map((name) => ({
        weight: 1,
        arbitrary: fc.constant((body: Body) => body.filter(([field]) => field !== name)),
      })),
    ] as { weight: number; arbitrary: fc.Arbitrary<(body: Body) => Body> }[];
    return fc.tuple(this.#object(schema), fc.oneof(...changes)).map(([body, change]) =>
      // Unlike an assignment, this makes `__proto__` a field like any other.
      toJson(Object.fromEntries(change(Object.entries(body as object)))),
    );
  }

  #object(schema: Schema): fc.Arbitrary<unknown> {
    // Which names it takes is said in words only: those of its example are among them.
    if (typeof schema.additionalProperties === "object" && schema.examples) {
      return oneOf(schema.examples)
        .chain((example) => fc.subarray(Object.entries(example as object)))
        .map((entries) => Object.fromEntries(entries));
    }
    const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => [
      name,
      this.allowed(field, name),
    ]);
    const arbitraries = Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>;
    const requiredKeys = schema.required ?? [];
    const required = Object.fromEntries(requiredKeys.map((name) => [name, arbitraries[name]]));
    return fc.oneof(
      fc.record(required as typeof arbitraries, { noNullPrototype: true }),
      fc.record(arbitraries, { requiredKeys, noNullPrototype: true }),
    );
  }

  #text(schema: Schema, field: string): fc.Arbitrary<string> {
    const { format, pattern, minLength = 0 } = schema;
    const maxLength = schema.maxLength ?? (pattern ? Number.POSITIVE_INFINITY : 50);
    if (format === "date-time") return moment;
    if (format === "email") return email;
    const samples = this.#samples(field);
    const generated = pattern ? matching(pattern, maxLength) : prose(minLength, maxLength);
    return samples.length > 0
      ? fc.oneof({ weight: 4, arbitrary: oneOf(samples) }, generated)
      : generated;
  }
}

/** Any of them as often as another, where fast-check would prefer the first and the last. */
export function oneOf<T>(values: readonly T[]): fc.Arbitrary<T> {
  return fc.noBias(fc.constantFrom(...values));
}

type Body = [name: string, value: unknown][];

export function toJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(JSON.stringify(HUGE_NUMBER), "1e999");
}

const STRANGE_NAMES = [
  "__proto__",
  "constructor",
  "toString",
  "",
  "id",
  "a\0b",
  "\ud800",
  "x".repeat(500),
];

export const STRANGE_TEXTS = [
  "",
  " ",
  "\0",
  "a\0b",
  "bell\u0007",
  "\ud800 alone",
  "alone \udfff",
  "\u202edesrever",
  "\u2028",
  "\uffff",
  "__proto__",
  "' or 1=1 --",
  "%00",
  "٣",
  "NaN",
  "-0",
  "1e3",
  "2026-02-30T00:00:00Z",
  "usr_zzzzzzzzzzzzzzzzzzzzzzzzzz",
  "SF-2147483648",
  "x".repeat(250),
  "x".repeat(10_001),
];

export const strangeText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...STRANGE_TEXTS) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 30 }) },
);

export const STRANGE_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  -(2 ** 63),
  HUGE_NUMBER,
  [],
  [[]],
  [null],
  {},
  { $ne: 1 },
  { toString: 1 },
];

const strangeValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: strangeText },
  { weight: 2, arbitrary: fc.constantFrom(...STRANGE_VALUES) },
  { weight: 1, arbitrary: fc.jsonValue() },
);

/** Bodies that are not JSON objects. */
export const strangeBody: fc.Arbitrary<string | Uint8Array<ArrayBuffer>> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "",
      " ",
      "null",
      "true",
      "[]",
      "[{}]",
      '"text"',
      "1e999",
      "{",
      '{"title":',
      '{"title":"abc",}',
      "{}{}",
      "\ufeff{}",
      "title=abc",
      `${"[".repeat(50_000)}${"]".repeat(50_000)}`,
      `{"title":${"{".repeat(1000)}`,
      `{"title":"${"x".repeat(300_000)}"}`,
    ),
  },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  { weight: 1, arbitrary: fc.constant(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])) },
);

// What PostgreSQL, NFC or the eye cannot take, which the rules of a text refuse and a schema does not show.
const REFUSED_CHARACTERS = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

const VISIBLE = /[^\s\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\u{1D159}]/u;

/** Texts are described once: that takes longer than to generate many of them. */
const described = new Map<string, fc.Arbitrary<string>>();

function once(name: string, describe: () => fc.Arbitrary<string>): fc.Arbitrary<string> {
  const arbitrary = described.get(name) ?? describe();
  described.set(name, arbitrary);
  return arbitrary;
}

function matching(pattern: string, max: number): fc.Arbitrary<string> {
  return once(`matching ${pattern} ${max}`, () =>
    fc.stringMatching(new RegExp(pattern)).filter((text) => text.length <= max),
  );
}

function prose(min: number, max: number): fc.Arbitrary<string> {
  return once(`prose ${min} ${max}`, () => describeProse(min, max));
}

function describeProse(min: number, max: number): fc.Arbitrary<string> {
  const bounds = [Math.max(min, 1), max].flatMap((length) => [
    "x".repeat(length),
    "😀".repeat(length),
  ]);
  return fc
    .oneof(
      {
        weight: 6,
        arbitrary: fc.string({ unit: "grapheme", minLength: min, maxLength: Math.min(max, 60) }),
      },
      { weight: 1, arbitrary: fc.constantFrom(...bounds) },
    )
    .map((text) => text.normalize("NFC").trim())
    .filter((text) => {
      const length = [...text].length;
      if (length < min || length > max || REFUSED_CHARACTERS.test(text)) return false;
      return min === 0 || VISIBLE.test(text);
    });
}

const moment = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true })
      .map((date) => date.toISOString()),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "0001-01-01T00:00:00Z",
      "9999-12-31T23:59:59.999Z",
      "2024-02-29T12:00:00+14:00",
      "2026-01-01T00:00:00.123456789-05:30",
    ),
  },
);

const email = fc
  .tuple(
    fc.stringMatching(/^[a-z][a-z0-9]{3,12}$/),
    fc.constantFrom("", ".b", "_", "+tag", "-x"),
    fc.constantFrom("example.com", "EXAMPLE.org", "a.b-c.example"),
  )
  .map(([name, tail, domain]) => `${name}${tail}@${domain}`);
