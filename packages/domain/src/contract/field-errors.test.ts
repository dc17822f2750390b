import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  assignInput,
  createRequestInput,
  createUserInput,
  issueKeyBody,
  listRequestsInput,
  rotateKeyInput,
  toFieldErrors,
  transitionInput,
  updateUserInput,
} from "./index.ts";

/** "pointer code" of each broken rule. */
function faults(schema: z.ZodType, input: unknown): string[] {
  return errors(schema, input).map(({ pointer, code }) => `${pointer} ${code}`);
}
function errors(schema: z.ZodType, input: unknown) {
  const result = schema.safeParse(input);
  return result.success ? [] : toFieldErrors(result.error.issues);
}

const OR_AN_ID = "It must be an id that begins with usr_, or me, or none, or unavailable.";
const A_MOMENT = "It must be a date and time with Z or an offset, such as 2026-03-02T08:00:00Z.";

describe("the field errors of an input", () => {
  it.each<[string, z.ZodType, unknown, string[]]>([
    ["a fine one", createRequestInput, { title: "New laptop" }, []],
    ["a missing text", createRequestInput, {}, ["/title required"]],
    ["an undefined text", createRequestInput, { title: undefined }, ["/title required"]],
    ["several missing", createUserInput, {}, ["/fullName required", "/email required"]],
    ["a missing choice", transitionInput, { id: "SF-1" }, ["/status required"]],
    ["a missing id", assignInput, { id: "SF-1" }, ["/assigneeId required"]],
    ["no input", createRequestInput, undefined, [" required"]],
    ["null as the input", createRequestInput, null, [" invalid_type"]],
    ["a list as the input", createRequestInput, [], [" invalid_type"]],
    ["a number as text", createRequestInput, { title: 5 }, ["/title invalid_type"]],
    ["null as text", createRequestInput, { title: null }, ["/title invalid_type"]],
    ["text as a number", listRequestsInput, { limit: "5" }, ["/limit invalid_type"]],
    ["a fraction", listRequestsInput, { limit: 1.5 }, ["/limit invalid_type"]],
    ["text as yes or no", updateUserInput, { id: "u", active: "false" }, ["/active invalid_type"]],
    [
      "an unknown choice",
      createRequestInput,
      { title: "Laptop", priority: "HUGE" },
      ["/priority invalid_value"],
    ],
    [
      "a choice of another type",
      createRequestInput,
      { title: "Laptop", priority: 1 },
      ["/priority invalid_value"],
    ],
    ["a text too short once trimmed", createRequestInput, { title: " a " }, ["/title too_short"]],
    ["a text too long", createRequestInput, { title: "a".repeat(201) }, ["/title too_long"]],
    [
      "a slug too long",
      createRequestInput,
      { title: "Laptop", category: "a".repeat(51) },
      ["/category too_long"],
    ],
    [
      "a control character",
      createRequestInput,
      { title: "Lap\0top" },
      ["/title control_character"],
    ],
    [
      "a lone surrogate",
      createRequestInput,
      { title: "Laptop\uD83D" },
      ["/title malformed_unicode"],
    ],
    [
      "an id of another kind",
      assignInput,
      { id: "SF-1", assigneeId: "key_1" },
      ["/assigneeId invalid_format"],
    ],
    [
      "a number too small",
      rotateKeyInput,
      { id: "k", overlapSeconds: -1 },
      ["/overlapSeconds too_small"],
    ],
    [
      "a number too big",
      rotateKeyInput,
      { id: "k", overlapSeconds: 604_801 },
      ["/overlapSeconds too_big"],
    ],
    ["a list too short", issueKeyBody, { name: "Bot", scopes: [] }, ["/scopes too_small"]],
    [
      "an item of a list",
      issueKeyBody,
      { name: "Bot", scopes: ["admin", "root"] },
      ["/scopes/1 invalid_value"],
    ],
    ["neither one nor a list", listRequestsInput, { status: "OLD" }, ["/status invalid_value"]],
    [
      "neither a word nor an id",
      listRequestsInput,
      { assignee: "you" },
      ["/assignee invalid_format"],
    ],
    [
      "an unknown field",
      createRequestInput,
      { title: "Laptop", status: "DONE" },
      ["/status unknown_field"],
    ],
    [
      "every fault at once",
      createRequestInput,
      { priority: 1, x: 1, y: 2 },
      ["/title required", "/priority invalid_value", "/x unknown_field", "/y unknown_field"],
    ],
  ])("point at %s", (_, schema, input, expected) => {
    expect(faults(schema, input)).toEqual(expected);
  });

  it.each([
    [
      "an email address",
      createUserInput,
      { fullName: "G", email: "grace" },
      "It must be an email address.",
    ],
    ["a missing field", createUserInput, { fullName: "G" }, "It is required."],
    ["a type", createRequestInput, { title: 5 }, "It must be text."],
    ["a length", createRequestInput, { title: "a" }, "It must have 2 to 200 characters."],
    ["a bound", listRequestsInput, { limit: 101 }, "It must be at most 100."],
    ["a bound, of a huge number", listRequestsInput, { limit: 1e308 }, "It must be at most 100."],
    [
      "a bound, of a huge negative number",
      listRequestsInput,
      { limit: -1e308 },
      "It must be at least 1.",
    ],
    [
      "alternatives",
      listRequestsInput,
      { status: 5 },
      "It takes NEW, IN_PROGRESS, DONE or CANCELED.",
    ],
    [
      "alternatives, of a text that is neither",
      listRequestsInput,
      { priority: "LOW,HIGH" },
      "It takes LOW, NORMAL, HIGH or URGENT.",
    ],
    ["a list", issueKeyBody, { name: "Bot", scopes: "" }, "It must be a list."],
    ["an empty list", issueKeyBody, { name: "Bot", scopes: [] }, "It must have at least 1 item."],
    ["a word or an id", listRequestsInput, { assignee: "you" }, OR_AN_ID],
    ["a word or an id in a list", listRequestsInput, { assignee: ["me", "you"] }, OR_AN_ID],
    [
      "a choice in a list",
      listRequestsInput,
      { status: ["NEW", "OLD"] },
      "It takes NEW, IN_PROGRESS, DONE or CANCELED.",
    ],
    ["a single choice", listRequestsInput, { participant: "you" }, "It takes me."],
    ["a whole number", listRequestsInput, { limit: "x" }, "It must be a number."],
    ["a fraction", listRequestsInput, { limit: 1.5 }, "It must be a whole number."],
    ["yes or no", listRequestsInput, { unread: "1" }, "It must be true or false."],
    ["a moment", listRequestsInput, { createdFrom: "yesterday" }, A_MOMENT],
    [
      "a moment without an offset",
      listRequestsInput,
      { createdFrom: "2026-03-02T08:00:00" },
      A_MOMENT,
    ],
    ["a day", listRequestsInput, { createdFrom: "2026-03-02" }, A_MOMENT],
    [
      "a misspelt field",
      listRequestsInput,
      { statuses: "NEW" },
      "Unknown field. Did you mean status?",
    ],
    [
      "a field in another form",
      listRequestsInput,
      { created_from: "x" },
      "Unknown field. Did you mean createdFrom?",
    ],
    ["a field like no other", listRequestsInput, { color: "x" }, "Unknown field."],
    [
      "a list's length",
      listRequestsInput,
      { category: Array.from({ length: 21 }, (_, i) => `c-${i}`) },
      "It must be text. Or: It must have at most 20 items.",
    ],
  ])("put into words the rule of %s", (_, schema, input, detail) => {
    expect(errors(schema, input).map((error) => error.detail)).toEqual([detail]);
  });

  it.each<[string, z.ZodType, unknown, object | undefined]>([
    ["a missing field", createUserInput, { fullName: "G" }, undefined],
    ["a length", createRequestInput, { title: "a" }, { min: 2, max: 200 }],
    ["a bound", listRequestsInput, { limit: 101 }, { max: 100 }],
    ["a bound of a list", issueKeyBody, { name: "Bot", scopes: [] }, { minItems: 1 }],
    ["a type", createRequestInput, { title: 5 }, { expected: "string" }],
    [
      "a choice",
      listRequestsInput,
      { status: "OLD" },
      { values: ["NEW", "IN_PROGRESS", "DONE", "CANCELED"] },
    ],
    ["an address", createUserInput, { fullName: "G", email: "g" }, { format: "email" }],
    ["a moment", listRequestsInput, { createdFrom: "x" }, { format: "datetime" }],
    ["an id", assignInput, { id: "SF-1", assigneeId: "key_1" }, { format: "usr_" }],
    ["a slug", createRequestInput, { title: "Laptop", category: "A b" }, { format: "slug" }],
    [
      "a character",
      createRequestInput,
      { title: "Lap\0top" },
      { character: "U+0000", position: 4 },
    ],
    ["a misspelt field", listRequestsInput, { statuses: "NEW" }, { nearest: "status" }],
    ["one of several rules", listRequestsInput, { category: new Array(21).fill("c") }, undefined],
  ])("tell what the rule of %s depends on", (_, schema, input, params) => {
    expect(errors(schema, input).map((error) => error.params)).toEqual([params]);
  });

  it.each(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"])(
    "refuse %s as a field like any other",
    (name) => {
      const input = JSON.parse(`{"title": "Laptop", "${name}": {"role": "ADMIN"}}`);
      expect(faults(createRequestInput, input)).toEqual([`/${name} unknown_field`]);
    },
  );

  it.each([
    ["a/b", "/a~1b"],
    ["a~b", "/a~0b"],
    ["~1", "/~01"],
    ["", "/"],
    ["é \n", "/é \n"],
    ["x".repeat(150), `/${"x".repeat(100)}`],
    [`${"x".repeat(99)}/y`, `/${"x".repeat(99)}~1`],
  ])("write the field %j as a JSON Pointer", (name, pointer) => {
    expect(faults(createRequestInput, { title: "Laptop", [name]: 1 })).toEqual([
      `${pointer} unknown_field`,
    ]);
  });

  it("point into nested values", () => {
    const schema = z.object({ "a/b": z.array(z.strictObject({ "m~n": z.string() })) });
    const input = { "a/b": [{ "m~n": "x" }, { "m~n": 5, "o/p": 1 }] };
    expect(faults(schema, input)).toEqual([
      "/a~1b/1/m~0n invalid_type",
      "/a~1b/1/o~1p unknown_field",
    ]);
  });

  it("are twenty at most", () => {
    const input = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`field${i}`, i]));
    expect(faults(createRequestInput, { title: "Laptop", ...input })).toHaveLength(20);
  });
});
