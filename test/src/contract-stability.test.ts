import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { OPENAPI as DOCUMENT, REPORTS, readReports } from "../../scripts/contract/baseline.ts";
import { announcesBreak } from "../../scripts/contract/changesets.ts";
import { compareContracts, inWords } from "../../scripts/contract/contract.ts";
import type { Json } from "../../scripts/contract/json.ts";
import { compareOpenApi } from "../../scripts/contract/openapi.ts";
import { signatureFault } from "../../scripts/contract/signature.ts";
import { compareTypes } from "../../scripts/contract/types.ts";

const API = `# @serviceflow/sdk
interface Input [in]
Input.limit?: number | undefined
Input.on?: { readonly [Type in "a.b"]?: (event: Out) => void; } | undefined
Input.title: string
interface Out [out]
Out.assignee: string | null
Out.note?: string
Out.title: string
interface Both [in, out]
Both.title: string
type Code
Code | "a.b"
Code | "not_found"
type EventOf<Type extends Code> [out]
EventOf<"a.b">.id: string
type Fetch [in] = (input: string) => Response
interface Handler [in]
Handler.has(id: string): boolean
interface Paged<T> extends AsyncIterable<T> [out]
Paged.page(): Promise<T>
type-only class Requests
Requests.claim(id: string, options?: Input): Promise<Out>
Requests.list(filter?: Input): Paged<Out>
class Failure extends Error
Failure.constructor(code: Code, detail: string)
Failure.readonly code: Code
Failure::is(thrown: unknown): thrown is Failure
const CODES: list
CODES has "not_found"
const MOST: number
function can(action: string | number): boolean
`;

describe("the types of the SDK", () => {
  it("are no break of themselves", () => {
    expect(compareTypes(API, API)).toEqual([]);
  });

  it.each<[what: string, from: string, to: string, breaks: string | null]>([
    ["a name that is gone", "const MOST: number\n", "", "MOST"],
    [
      "a class that can no longer be constructed",
      "class Failure",
      "type-only class Failure",
      "Failure",
    ],
    ["an interface that is written as a type", "interface Out", "type Out", null],
    ["a base that is gone", " extends Error", "", "Failure"],
    ["a further base", "class Failure extends Error", "class Failure extends Error, Tagged", null],
    ["a further type parameter with a default", "Paged<T>", "Paged<T, U = T>", null],
    ["a further type parameter without one", "Paged<T>", "Paged<T, U>", "Paged"],
    ["a new name", "const MOST", "const LEAST: number\nconst MOST", null],
    ["a constant of another type", "MOST: number", "MOST: string", "MOST"],
    ["a new method", "Requests.list", "Requests.close(): void\nRequests.list", null],
    ["a method that is gone", "Requests.list(filter?: Input): Paged<Out>\n", "", "Requests.list"],
    [
      "a new overload",
      "Requests.claim",
      "Requests.claim(id: number): Promise<Out>\nRequests.claim",
      null,
    ],
    [
      "a static method that is gone",
      "Failure::is(thrown: unknown): thrown is Failure\n",
      "",
      "Failure::is",
    ],
    ["another constructor", "detail: string)", "detail: number)", "Failure.constructor"],
    ["a new optional member of an input", "Input.title", "Input.more?: string\nInput.title", null],
    [
      "a new required member of an input",
      "Input.title",
      "Input.more: string\nInput.title",
      "Input.more",
    ],
    [
      "a new required member of what is both",
      "Both.title",
      "Both.more: string\nBoth.title",
      "Both.more",
    ],
    ["a new member of an answer", "Out.title", "Out.more: string\nOut.title", null],
    ["a new member of a type that no call mentions", "interface Out [out]", "interface Out", null],
    ["an input that takes more", "Input.title: string", "Input.title: number | string", null],
    [
      "an input that takes less",
      "Input.limit?: number | undefined",
      "Input.limit?: number",
      "Input.limit",
    ],
    ["an input that may be left out", "Input.title: string", "Input.title?: string", null],
    ["an input that must be given", "Input.limit?: number", "Input.limit: number", "Input.limit"],
    ["an answer that can be null", "Out.title: string", "Out.title: string | null", "Out.title"],
    ["an answer that is never null", "Out.assignee: string | null", "Out.assignee: string", null],
    ["an answer with a further literal", "Out.title: string", 'Out.title: "new" | string', null],
    ["an answer that can be missing", "Out.title: string", "Out.title?: string", "Out.title"],
    ["an answer that is always there", "Out.note?: string", "Out.note: string", null],
    ["an answer of another type", "Out.title: string", "Out.title: number", "Out.title"],
    ["an answer that cannot be written", "Out.title", "Out.readonly title", "Out.title"],
    [
      "a member of both that takes more",
      "Both.title: string",
      "Both.title: number | string",
      "Both.title",
    ],
    ["a member that became a method", "Out.title: string", "Out.title(): string", "Out.title"],
    ["a further value of a union", 'Code | "a.b"', 'Code | "a.b"\nCode | "c.d"', null],
    ["a value of a union that is gone", 'Code | "not_found"\n', "", 'Code | "not_found"'],
    [
      "a union that can be undefined",
      'Code | "a.b"',
      'Code | "a.b"\nCode | undefined',
      "Code | undefined",
    ],
    ["a further event", 'EventOf<"a.b">', 'EventOf<"c.d">.id: string\nEventOf<"a.b">', null],
    ["an event that is gone", 'EventOf<"a.b">.id: string\n', "", 'EventOf<"a.b">'],
    ["another function type", "(input: string) =>", "(input: URL) =>", "Fetch"],
    ["what users write that is given more", "has(id: string)", "has(id: string, at?: Date)", null],
    [
      "what users write that is given another type",
      "has(id: string)",
      "has(id: URL)",
      "Handler.has",
    ],
    [
      "what users write that is given what may be missing",
      "has(id: string)",
      "has(id?: string)",
      "Handler.has",
    ],
    ["what users write that is given nothing", "has(id: string)", "has()", "Handler.has"],
    [
      "what users write that is asked for more",
      "Handler.has",
      "Handler.add(id: string): void\nHandler.has",
      "Handler.add",
    ],
    [
      "what users write that answers otherwise",
      "): boolean\ninterface Paged",
      "): Date\ninterface Paged",
      "Handler.has",
    ],
    ["a value of a list that is gone", 'CODES has "not_found"\n', "", 'CODES has "not_found"'],
    ["a further value of a list", "CODES has", 'CODES has "a.b"\nCODES has', null],
    ["a function that is gone", "function can(action: string | number): boolean\n", "", "can"],
  ])("%s", (_, from, to, breaks) => {
    expect(API).toContain(from);
    const changes = compareTypes(API, API.replace(from, to));
    expect(changes.map(({ subject }) => subject)).toEqual(breaks === null ? [] : [breaks]);
  });

  it("holds a type that no call mentions to both sides", () => {
    const unused = API.replace("interface Out [out]", "interface Out");
    const changes = compareTypes(
      unused,
      unused.replace("Out.title", "Out.more: string\nOut.title"),
    );
    expect(changes).toEqual([
      { subject: "Out.more", what: "is new, and whoever gives it cannot leave it out" },
    ]);
  });
});

describe("a call", () => {
  it.each<[what: string, before: string, after: string, fault: string | null]>([
    ["the same", "(a: A): R", "(a: A): R", null],
    ["another name of a parameter", "(a: A): R", "(b: A): R", null],
    ["a further optional parameter", "(a: A): R", "(a: A, b?: B): R", null],
    ["further parameters by rest", "(a: A): R", "(a: A, ...b: B[]): R", null],
    [
      "a further required parameter",
      "(): R",
      "(a: A): R",
      "parameter 1 is new and cannot be left out",
    ],
    ["a parameter that is gone", "(a: A): R", "(): R", "parameter 1 was removed"],
    ["a parameter that may be left out", "(a: A): R", "(a?: A): R", null],
    ["one that must be given", "(a?: A): R", "(a: A): R", "parameter 1 can no longer be left out"],
    ["one that takes more", "(a: A): R", "(a: A | B): R", null],
    ["one that takes less", "(a: A | B): R", "(a: A): R", "parameter 1 no longer takes B, but A"],
    ["another result", "(): R", "(): S", "it answers S instead of R"],
    ["a further type parameter", "<A>(a: A): R", "<A, B = A>(a: A): R", null],
    [
      "another constraint",
      "<A extends B>(a: A): R",
      "<A extends C>(a: A): R",
      "its type parameters changed",
    ],
    ["a function in a parameter", "(a: (b: B) => C): R", "(a: (b: B) => C, d?: D): R", null],
    [
      "an object in a parameter",
      "(a: { b: B | C; }): R",
      "(a: { b: B; }): R",
      "parameter 1 no longer takes { b: B | C; }, but { b: B; }",
    ],
  ])("%s", (_, before, after, fault) => {
    expect(signatureFault(before, after)).toBe(fault);
  });
});

const OPENAPI = {
  paths: {
    "/things": {
      get: {
        operationId: "things.list",
        security: [{}, { key: [] }],
        parameters: [
          { name: "limit", in: "query", schema: { type: "integer", maximum: 100, default: 20 } },
          { name: "X-Trace", in: "header", required: true, schema: { type: "string" } },
        ],
        responses: {
          200: {
            headers: { Link: { required: true, schema: { type: "string" } } },
            content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } },
          },
          404: {},
        },
      },
      post: {
        operationId: "things.create",
        requestBody: {
          content: { "application/json": { schema: { $ref: "#/components/schemas/CreateThing" } } },
        },
        responses: { 201: {} },
      },
    },
  },
  webhooks: {
    "thing.created": {
      post: {
        operationId: "on.thing.created",
        requestBody: {
          content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } },
        },
        responses: { "2XX": {} },
      },
    },
  },
  components: {
    schemas: {
      Thing: {
        type: "object",
        required: ["id", "kind", "owner"],
        properties: {
          id: { type: "string", format: "uuid" },
          kind: { type: "string", enum: ["A", "B"] },
          owner: { type: ["string", "null"] },
          count: { type: "integer" },
          parts: { type: "array", items: { $ref: "#/components/schemas/Thing" } },
          event: { anyOf: [variant("a"), variant("b")] },
        },
      },
      CreateThing: {
        type: "object",
        required: ["title"],
        properties: {
          title: { type: "string", minLength: 3, maxLength: 200 },
          kind: { type: "string", enum: ["A", "B"] },
          note: { type: ["string", "null"] },
          ratio: { type: "number", minimum: 0 },
          tags: { type: "array", maxItems: 5, items: { type: "string" } },
        },
      },
    },
  },
};

function variant(type: string) {
  return { type: "object", required: ["type"], properties: { type: { const: type } } };
}

/** A draft that a row of the table changes; what it says of types is of no use there. */
// biome-ignore lint/suspicious/noExplicitAny: every row reaches for another place
type Draft = any;
const thing = (draft: Draft) => draft.components.schemas.Thing;
const input = (draft: Draft) => draft.components.schemas.CreateThing;
const list = (draft: Draft) => draft.paths["/things"].get;
const create = (draft: Draft) => draft.paths["/things"].post;
const LIST = "GET /things";
const CREATE = "POST /things";
const ANSWER = `${LIST}, response 200`;
const EVENT = "thing.created, body";

describe("the OpenAPI document", () => {
  it.each<[what: string, change: (draft: Draft) => void, breaks: string[]]>([
    ["nothing", () => {}, []],
    ["a path that is gone", (d) => delete d.paths["/things"], ["/things"]],
    ["an operation that is gone", (d) => delete d.paths["/things"].post, [CREATE]],
    ["a new operation", (d) => (d.paths["/things"].put = create(d)), []],
    ["an event that is gone", (d) => delete d.webhooks["thing.created"], ["thing.created"]],
    ["another name", (d) => (list(d).operationId = "things.all"), [LIST]],
    ["a call that needs a key", (d) => (list(d).security = [{ key: [] }]), [LIST]],
    ["a call that needs none", (d) => list(d).security.push({ other: [] }), []],
    [
      "a parameter that is gone",
      (d) => list(d).parameters.shift(),
      [`${LIST}, query parameter limit`],
    ],
    ["a new optional parameter", (d) => list(d).parameters.push({ name: "q", in: "query" }), []],
    [
      "a new required parameter",
      (d) => list(d).parameters.push({ name: "q", in: "query", required: true }),
      [`${LIST}, query parameter q`],
    ],
    [
      "a parameter that is required",
      (d) => (list(d).parameters[0].required = true),
      [`${LIST}, query parameter limit`],
    ],
    ["a parameter that is optional", (d) => (list(d).parameters[1].required = false), []],
    ["a header in another case", (d) => (list(d).parameters[1].name = "x-trace"), []],
    [
      "a parameter with a lower limit",
      (d) => (list(d).parameters[0].schema.maximum = 50),
      [`${LIST}, query parameter limit`],
    ],
    [
      "a parameter with another default",
      (d) => (list(d).parameters[0].schema.default = 50),
      [`${LIST}, query parameter limit`],
    ],
    [
      "a body that is required",
      (d) => (create(d).requestBody.required = true),
      [`${CREATE}, body`],
    ],
    ["a body that is gone", (d) => delete create(d).requestBody, [`${CREATE}, body`]],
    [
      "a new required body",
      (d) => (list(d).requestBody = { required: true, content: {} }),
      [`${LIST}, body`],
    ],
    [
      "a media type that is gone",
      (d) => (create(d).requestBody.content = {}),
      [`${CREATE}, body, application/json`],
    ],
    ["a new required field", (d) => input(d).required.push("ratio"), [`${CREATE}, body, ratio`]],
    ["a new optional field", (d) => (input(d).properties.more = { type: "string" }), []],
    ["a field that may be left out", (d) => (input(d).required = []), []],
    ["a field that is gone", (d) => delete input(d).properties.kind, [`${CREATE}, body, kind`]],
    [
      "a body that takes nothing further",
      (d) => (input(d).additionalProperties = false),
      [`${CREATE}, body`],
    ],
    [
      "a lower maxLength",
      (d) => (input(d).properties.title.maxLength = 100),
      [`${CREATE}, body, title`],
    ],
    ["a higher maxLength", (d) => (input(d).properties.title.maxLength = 300), []],
    [
      "a higher minLength",
      (d) => (input(d).properties.title.minLength = 5),
      [`${CREATE}, body, title`],
    ],
    ["no minLength", (d) => delete input(d).properties.title.minLength, []],
    [
      "a higher minimum",
      (d) => (input(d).properties.ratio.minimum = 1),
      [`${CREATE}, body, ratio`],
    ],
    ["a new maximum", (d) => (input(d).properties.ratio.maximum = 1), [`${CREATE}, body, ratio`]],
    ["fewer items", (d) => (input(d).properties.tags.maxItems = 4), [`${CREATE}, body, tags`]],
    [
      "no item twice",
      (d) => (input(d).properties.tags.uniqueItems = true),
      [`${CREATE}, body, tags`],
    ],
    [
      "a pattern of items",
      (d) => (input(d).properties.tags.items.pattern = "^a"),
      [`${CREATE}, body, tags[]`],
    ],
    ["a new format", (d) => (input(d).properties.title.format = "uri"), [`${CREATE}, body, title`]],
    [
      "a narrower type",
      (d) => (input(d).properties.ratio.type = "integer"),
      [`${CREATE}, body, ratio`],
    ],
    [
      "a value that is refused",
      (d) => input(d).properties.kind.enum.pop(),
      [`${CREATE}, body, kind`],
    ],
    ["a further value that is taken", (d) => input(d).properties.kind.enum.push("C"), []],
    [
      "values instead of any text",
      (d) => (input(d).properties.title.enum = ["x"]),
      [`${CREATE}, body, title`],
    ],
    [
      "null that is refused",
      (d) => (input(d).properties.note.type = "string"),
      [`${CREATE}, body, note`],
    ],
    ["null that is taken", (d) => (input(d).properties.title.type = ["string", "null"]), []],
    [
      "what cannot be compared",
      (d) => (input(d).properties.title.not = {}),
      [`${CREATE}, body, title`],
    ],
    ["a status that is gone", (d) => delete list(d).responses[404], [`${LIST}, response 404`]],
    ["a further error", (d) => (list(d).responses[409] = {}), []],
    ["a further success", (d) => (list(d).responses[202] = {}), [`${LIST}, response 202`]],
    [
      "a header that is gone",
      (d) => delete list(d).responses[200].headers.Link,
      [`${ANSWER}, header Link`],
    ],
    [
      "a header that can be missing",
      (d) => delete list(d).responses[200].headers.Link.required,
      [`${ANSWER}, header Link`],
    ],
    [
      "a property that is gone",
      (d) => delete thing(d).properties.count,
      [`${ANSWER}, count`, `${EVENT}, count`],
    ],
    [
      "a property that can be missing",
      (d) => thing(d).required.pop(),
      [`${ANSWER}, owner`, `${EVENT}, owner`],
    ],
    ["a new property", (d) => (thing(d).properties.more = { type: "string" }), []],
    ["a further value", (d) => thing(d).properties.kind.enum.push("C"), []],
    ["a value that no longer comes", (d) => thing(d).properties.kind.enum.pop(), []],
    [
      "any value",
      (d) => delete thing(d).properties.kind.enum,
      [`${ANSWER}, kind`, `${EVENT}, kind`],
    ],
    [
      "other values",
      (d) => (thing(d).properties.kind.enum = ["C"]),
      [`${ANSWER}, kind`, `${EVENT}, kind`],
    ],
    [
      "a new null",
      (d) => (thing(d).properties.id.type = ["string", "null"]),
      [`${ANSWER}, id`, `${EVENT}, id`],
    ],
    ["null that no longer comes", (d) => (thing(d).properties.owner.type = "string"), []],
    [
      "a wider type",
      (d) => (thing(d).properties.count.type = "number"),
      [`${ANSWER}, count`, `${EVENT}, count`],
    ],
    [
      "a format that is gone",
      (d) => delete thing(d).properties.id.format,
      [`${ANSWER}, id`, `${EVENT}, id`],
    ],
    ["a further kind of event", (d) => thing(d).properties.event.anyOf.push(variant("c")), []],
    [
      "a further kind that nothing tells apart",
      (d) => thing(d).properties.event.anyOf.push({ type: "string" }),
      [`${ANSWER}, event`, `${EVENT}, event`],
    ],
    [
      "an event with less",
      (d) => (thing(d).properties.event.anyOf[0].required = []),
      [`${ANSWER}, event.type`, `${EVENT}, event.type`],
    ],
    ["a limit of an answer", (d) => (thing(d).properties.id.maxLength = 36), []],
    [
      "another name of a schema",
      (d) => {
        d.components.schemas.NewThing = input(d);
        delete d.components.schemas.CreateThing;
        create(d).requestBody.content["application/json"].schema.$ref =
          "#/components/schemas/NewThing";
      },
      ["the schema CreateThing"],
    ],
  ])("%s", (_, change, breaks) => {
    const draft = structuredClone(OPENAPI);
    change(draft);
    const changes = compareOpenApi(OPENAPI, draft as Json);
    expect(changes.map(({ subject }) => subject)).toEqual(breaks);
  });
});

describe("a break", () => {
  it("is named, with what to do", () => {
    const before = { reports: new Map([["index", API]]), openapi: OPENAPI };
    const after = {
      ...before,
      reports: new Map([["index", API.replace("const MOST: number\n", "")]]),
    };
    const said = inWords(compareContracts(before, after));
    expect(said).toContain("@serviceflow/sdk: MOST was removed.");
    expect(said).toContain("npx changeset add --major");
  });

  it("is an entry that is gone", () => {
    const before = { reports: new Map([["webhooks", API]]), openapi: {} };
    expect(compareContracts(before, { reports: new Map(), openapi: {} })).toEqual([
      { subject: "@serviceflow/sdk/webhooks: the entry", what: "was removed" },
    ]);
  });

  it.each([
    ['---\n"@serviceflow/sdk": major\n---\n\nMore.\n', true],
    ["---\n'@serviceflow/testing': minor\n'@serviceflow/sdk': major\n---\n", true],
    ['---\r\n"@serviceflow/sdk": major\r\n---\r\n', true],
    ['---\n"@serviceflow/sdk": minor\n---\n\nNot "@serviceflow/sdk": major\n', false],
    ['---\n"@serviceflow/testing": major\n---\n', false],
    ["---\n---\n", false],
    ["", false],
  ])("is announced by a changeset of the SDK's next major: %j is %s", (changeset, announced) => {
    expect(announcesBreak([changeset])).toBe(announced);
  });
});

describe("the contract as it is committed", () => {
  const reports = readReports(REPORTS);
  const openapi = JSON.parse(readFileSync(DOCUMENT, "utf8")) as Json;

  it("is no break of itself", () => {
    expect([...reports.keys()]).toContain("index");
    expect(compareContracts({ reports, openapi }, { reports, openapi })).toEqual([]);
  });

  it.each([
    'Status | "IN_PROGRESS"',
    'ErrorCode | "already_assigned"',
    "interface CreateRequestInput [in]",
    "CreateRequestInput.title: string",
    "interface Category [out]",
    'ServiceRequestIn<"NEW">.startedAt: null',
    'EventOf<"comment.created">.comment: Comment | null',
    "ServiceFlow.constructor(options: ServiceFlowOptions)",
    "ServiceFlowError::is(thrown: unknown): thrown is ServiceFlowError",
    'TRANSITIONS.NEW has "CANCELED"',
  ])("says %s", (line) => {
    expect(reports.get("index")?.split("\n")).toContain(line);
  });

  it("says nothing of what is internal or private", () => {
    for (const report of reports.values())
      expect(report).not.toMatch(/\.#|Sender|INSPECT|\bCall\b/);
  });
});
