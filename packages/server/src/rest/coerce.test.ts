import { describe, expect, it } from "vitest";
import { z } from "zod";
import { queryCoercions, readQuery } from "./coerce.ts";

const schema = z.strictObject({
  limit: z.number().int().optional(),
  count: z.number(),
  internal: z.boolean().optional(),
  strict: z.boolean(),
  status: z.union([z.enum(["NEW", "DONE"]), z.array(z.enum(["NEW", "DONE"]))]).optional(),
  title: z.string(),
});
const coercions = queryCoercions(schema);

function read(query: string): unknown {
  return Object.fromEntries(readQuery(`http://test/requests${query}`, coercions));
}

describe("a query", () => {
  it.each([
    ["", {}],
    ["?", {}],
    ["?limit=5", { limit: 5 }],
    ["?limit=-5", { limit: -5 }],
    ["?count=1.5", { count: 1.5 }],
    ["?count=0", { count: 0 }],
    ["?internal=true&strict=false", { internal: true, strict: false }],
    ["?title=5", { title: "5" }],
    ["?title=true", { title: "true" }],
    ["?title=a+b%20c%26d", { title: "a b c&d" }],
    ["?title=%D0%BA%D0%BB%D1%8E%D1%87", { title: "ключ" }],
    ["?title=", { title: "" }],
    ["?status=NEW", { status: "NEW" }],
    ["?status=NEW&status=DONE", { status: ["NEW", "DONE"] }],
    ["?status=NEW,DONE", { status: ["NEW", "DONE"] }],
    ["?status=NEW%2CDONE&status=NEW", { status: ["NEW", "DONE", "NEW"] }],
    ["?status=NEW,", { status: ["NEW", ""] }],
    ["?title=a,b", { title: "a,b" }],
    ["?title=a?b", { title: "a?b" }],
  ])("%s is read as what the schema expects", (query, expected) => {
    expect(read(query)).toEqual(expected);
  });

  // Number("") is 0, Number("0x10") is 16 and z.coerce.boolean("false") is true: none of that may happen here.
  it.each([
    ["limit", ""],
    ["limit", " 5"],
    ["limit", "5 "],
    ["limit", "0x10"],
    ["limit", "1e3"],
    ["limit", "Infinity"],
    ["limit", "NaN"],
    ["limit", "five"],
    ["limit", "1,000"],
    ["limit", "9".repeat(16)],
    ["internal", ""],
    ["internal", "1"],
    ["internal", "TRUE"],
    ["internal", "no"],
  ])("leaves %s=%j as it is, for validation to refuse by its name", (name, value) => {
    expect(read(`?${name}=${encodeURIComponent(value)}`)).toEqual({ [name]: value });
  });

  it.each(["limit", "internal", "title"])("leaves a repeated %s as a list", (name) => {
    expect(read(`?${name}=1&${name}=2`)).toEqual({ [name]: ["1", "2"] });
  });

  it("keeps names that the schema does not know, for validation to refuse", () => {
    expect(read("?color=red&__proto__=1")).toEqual(
      Object.fromEntries([
        ["color", "red"],
        ["__proto__", "1"],
      ]),
    );
  });

  it("changes nothing in the schema, which tRPC shares", () => {
    expect(schema.safeParse({ count: "1", strict: "false", title: "x" }).success).toBe(false);
  });
});
