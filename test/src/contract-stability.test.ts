import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkContract } from "../../scripts/contract/check.ts";
import { compareContracts } from "../../scripts/contract/compare.ts";
import { readOpenApi } from "../../scripts/contract/openapi.ts";
import { readReports } from "../../scripts/sdk-api/read-report.ts";

/** Reads a table of `what changes: from ~ to # what breaks`, a row a line. */
function rows(table: string) {
  return table
    .trim()
    .split("\n")
    .map((line) => {
      const [, what = "", change = "", breaks] = /^ *(.*?): (.*?)(?: # (.*))?$/.exec(line) ?? [];
      return { what, change: change.split(/ ~ ?/), breaks };
    });
}

function expectBreaks(faults: readonly string[], breaks: string | undefined): void {
  if (breaks === undefined) expect(faults).toEqual([]);
  else expect(faults).toContainEqual(expect.stringContaining(breaks));
}

const report = (declarations: string) => `## API Report\n\n\`\`\`ts\n${declarations}\`\`\`\n`;

const API = `
export interface Input { limit?: number | undefined; on?: Handlers | undefined; title: string; }
export type Handlers = { readonly [Type in Code]?: (event: Out) => void; };
export interface Out { assignee: string | null; kind: "A" | "B"; nested: { id: string; }; note?: string; title: string; }
export interface Both { both: string; }
export interface Unused { unused: string; out?: Out; }
const CODES: readonly ["a.b", "not_found"];
export type Code = (typeof CODES)[number];
interface Subjects { "a.b": { id: string; }; not_found: { path: string; }; }
export type EventOf<Type extends Code> = { type: Type; } & Subjects[Type];
export type AnyEvent = { [Type in Code]: EventOf<Type>; }[Code];
export type Fetch = (input: string) => Promise<Response>;
export interface Handler { has(id: string): boolean; }
export interface Paged<T> extends AsyncIterable<T> { page(): Promise<T>; }
export class Requests {
    claim(id: string, options?: Input): Promise<Out>;
    list(filter?: Input): Paged<Out>;
    on<Type extends Code>(type: Type, handler: (event: AnyEvent) => unknown): void;
    update(both: Both): Promise<Both>;
}
export class Client {
    constructor(fetch: Fetch, handler?: Handler);
    readonly requests: Requests;
}
export class Failure extends Error {
    constructor(code: Code, detail: string);
    static is(thrown: unknown): thrown is Failure;
}
export function query(): { onSuccess: (data: Out) => void; };
export const LIST: readonly ["C", "D"];
export const MOST: 10;
export function can(action: string | number, client: Client): boolean;
declare namespace webhooks { export { verify }; }
function verify(body: string, secret?: string): Promise<AnyEvent>;
`;

const TYPES = rows(`
  a removed constant: export const MOST: 10; ~ # MOST was removed
  another type of a constant: MOST: 10 ~ MOST: string # MOST was number, and is string
  another number: MOST: 10 ~ MOST: 20
  a new name: MOST: 10; ~ MOST: 10; export const LEAST: 1;
  a removed type: export interface Both ~ interface Both # Both was removed
  a function removed from a further entry: export { verify }; ~ # webhooks.verify was removed
  a constructor without its parameters: (fetch: Fetch, handler?: Handler) ~ () # constructor 1.parameter 1 was removed
  another parameter of a constructor: detail: string ~ detail: number # constructor 1.parameter 2 was string
  a removed base: extends Error ~ # Failure.extends Error was removed
  a type alias instead of an interface: interface Both { both: string; } ~ type Both = { both: string; };
  an optional type parameter: Paged<T> ~ Paged<T, U = T>
  a required type parameter: Unused { ~ Unused<T> { # Unused has other type arguments
  a removed method: list(filter?: Input): Paged<Out>; ~ # Requests.list was removed
  a new method: list(filter ~ close(): void; list(filter
  a new overload: list(filter ~ claim(id: number): Promise<Out>; list(filter
  a removed static method: static is(thrown: unknown): thrown is Failure; ~ # Failure.is was removed
  a type guard that is none any more: thrown is Failure ~ boolean # Failure.is was object, and is boolean
  a renamed parameter: claim(id ~ claim(key
  a removed parameter: (id: string, options?: Input) ~ (id: string) # Requests.claim.parameter 2 was removed
  a new required parameter: secret?: string ~ secret: string, at: Date # webhooks.verify.parameter 3 is new and required
  a new optional parameter: secret?: string ~ secret?: string, at?: Date
  a rest parameter: secret?: string ~ secret?: string, ...more: string[]
  an optional parameter that is required: secret?: string ~ secret: string # webhooks.verify.parameter 2 is required now
  a narrower parameter: action: string | number ~ action: string # can.parameter 1 no longer takes number
  a wider parameter: action: string | number ~ action: string | number | null
  a narrower type parameter: on<Type extends Code> ~ on<Type extends "a.b"> # Requests.on.parameter 1 no longer takes "not_found"
  another result: client: Client): boolean ~ client: Client): string # can was boolean, and is string
  a new optional member of an input: limit? ~ more?: string; limit?
  a new required member of an input: limit? ~ more: string; limit? # Input.more is new and required
  a removed optional member of an input: limit?: number | undefined; ~ # Input.limit was removed
  another type of an input: limit?: number ~ limit?: string # Input.limit no longer takes number
  a wider input: limit?: number ~ limit?: string | number
  an input that is required: limit?: ~ limit: # Input.limit is required now
  a callback with fewer parameters: (event: Out) => void ~ () => void # Handlers.a.b.parameter 1 was removed
  a callback with more parameters: (event: Out) => void ~ (event: Out, at: Date) => void
  a new member of an answer: note? ~ more: string; note?
  a nullable answer: nested: { id: string; } ~ nested: { id: string | null; } # Out.nested.id can be null now
  an answer that is never null: string | null ~ string
  an optional answer: kind: ~ kind?: # Out.kind is no longer always present
  an answer that is always present: note? ~ note
  another type of an answer: nested: { id: string; } ~ nested: { id: number; } # Out.nested.id was string, and is number
  a further literal in an answer: "A" | "B" ~ "A" | "B" | "X"
  other literals in an answer: "A" | "B" ~ "X" # Out.kind was "A", "B", and is "X"
  a wider member of what is sent and answered: both: string ~ both: string | number # Both.both can be number now
  a narrower member of what is sent and answered: both: string ~ both: "x" # Both.both takes only "x" now
  a new required member of what is sent and answered: both: ~ more: string; both: # Both.more is new and required
  a new member of a type that nothing uses: unused: ~ more: string; unused:
  a removed member of a type that nothing uses: unused: string; ~ # Unused.unused was removed
  a new code with its event: "not_found"]; ~ "not_found", "c"]; interface Subjects { c: { more: string; }; }
  a removed code: "a.b", "not_found"] ~ "a.b"] # Code no longer takes "not_found"
  an event with less: "a.b": { id: string; } ~ "a.b": {} # EventOf.id was removed
  a further value of a list: "C", "D" ~ "C", "D", "E"
  other values of a list: "C", "D" ~ "E" # LIST[] was "C", "D", and is "E"
  a supplied function that receives something else: (input: string) ~ (input: URL) # Fetch.parameter 1 was string, and is URL
  a supplied function with another result: Promise<Response> ~ Promise<string> # Fetch.<1> was Response, and is string
  a supplied method that receives more: has(id: string) ~ has(id: string, at: Date)
  a supplied method that receives less: has(id: string) ~ has() # Handler.has.parameter 1 was removed
  a supplied method that may receive nothing: has(id: string) ~ has(id?: string) # Handler.has.parameter 1 is no longer always present
  a new method to supply: has(id ~ add(id: string): void; has(id # Handler.add is new and required
  a supplied method with another result: has(id: string): boolean ~ has(id: string): Date # Handler.has was boolean, and is Date
`);

describe("the types of the SDK", () => {
  const variants = TYPES.map(({ change: [from = "", to = ""] }) => API.replace(from, to));
  const [before, ...after] = readReports(...[API, ...variants].map(report));

  it.each(TYPES.map((row, at) => ({ ...row, at })))("$what", ({ change: [from], breaks, at }) => {
    expect(API).toContain(from);
    const now = after[at];
    expectBreaks(before && now ? compareContracts(before, now) : ["unread"], breaks);
  });

  it("are refused where users meet one that they cannot import", () => {
    const hidden = report(API.replace("export interface Out", "interface Out"));
    expect([...(before?.forgotten ?? ["unread"])]).toEqual([]);
    expect(readReports(hidden).map(({ forgotten }) => [...forgotten])).toEqual([["Out"]]);
  });

  it("are refused where the compiler cannot read them", () => {
    expect(() => readReports(report("export type Lost = Gone;\n"))).toThrow("Gone");
  });
});

const THING = { $ref: "#/components/schemas/Thing" };
const content = (schema: object) => ({ "application/json": { schema } });
const variant = (type: string) => ({
  type: "object",
  required: ["type"],
  properties: { type: { const: type } },
});
const DOCUMENT = {
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
            content: content(THING),
          },
          404: {},
        },
      },
      post: {
        operationId: "things.create",
        requestBody: { content: content({ $ref: "#/components/schemas/CreateThing" }) },
        responses: { 201: {} },
      },
    },
  },
  webhooks: {
    created: {
      post: {
        operationId: "on.thing.created",
        requestBody: { content: content(THING) },
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
          parts: { type: "array", items: THING },
          event: { anyOf: [variant("a"), variant("b")] },
        },
      },
      Unused: { type: "string" },
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

/** Where the path of a change begins. */
const PLACES: Readonly<Record<string, string>> = {
  things: "paths /things",
  list: "paths /things get",
  create: "paths /things post",
  schemas: "components schemas",
  thing: "components schemas Thing",
  has: "components schemas Thing properties",
  input: "components schemas CreateThing",
  takes: "components schemas CreateThing properties",
};

const CHANGES = rows(`
  a removed path: paths /things ~ # GET /things was removed
  a removed operation: things post ~ # POST /things was removed
  a new operation: things put ~ {"responses": {"200": {}}}
  a removed event: webhooks created ~ # webhook.created was removed
  another operationId: list operationId ~ "all" # GET /things.operationId was "things.list", and is "all"
  a call that needs a key: list security ~ [{"key": []}] # GET /things.credentials no longer takes {}
  another way to authenticate: list security 2 ~ {"other": []}
  a removed parameter: list parameters 0 name ~ "q" # GET /things.query limit was removed
  a new optional parameter: list parameters 2 ~ {"name": "q", "in": "query"}
  a new required parameter: list parameters 2 ~ {"name": "q", "in": "query", "required": true} # GET /things.query q is new and required
  a parameter that is required: list parameters 0 required ~ true # GET /things.query limit is required now
  a parameter that is optional: list parameters 1 required ~ false
  a header parameter in lower case: list parameters 1 name ~ "x-trace"
  a lower limit of a parameter: list parameters 0 schema maximum ~ 50 # GET /things.query limit has maximum 50 instead of 100
  another default: list parameters 0 schema default ~ 50 # GET /things.query limit has default 50 instead of 20
  a body that is required: create requestBody required ~ true # POST /things.body is required now
  a removed body: create requestBody ~ # POST /things.body was removed
  a new required body: list requestBody ~ {"required": true} # GET /things.body is new and required
  a removed media type: create requestBody content ~ {} # POST /things.body.application/json was removed
  a field that is required: input required 1 ~ "ratio" # CreateThing.ratio is required now
  a new required field: input required 1 ~ "more" # CreateThing.more is new and required
  a new optional field: takes more ~ {"type": "string"}
  a field that is optional: input required ~ []
  a removed field: takes kind ~ # CreateThing.kind was removed
  no additional properties: input additionalProperties ~ false # CreateThing has additionalProperties false instead of none
  a lower maxLength: takes title maxLength ~ 100 # CreateThing.title has maxLength 100 instead of 200
  a higher maxLength: takes title maxLength ~ 300
  a higher minLength: takes title minLength ~ 5 # CreateThing.title has minLength 5 instead of 3
  no minLength: takes title minLength ~
  a higher minimum: takes ratio minimum ~ 1 # CreateThing.ratio has minimum 1 instead of 0
  a new maximum: takes ratio maximum ~ 1 # CreateThing.ratio has maximum 1 instead of none
  fewer items: takes tags maxItems ~ 4 # CreateThing.tags has maxItems 4 instead of 5
  unique items: takes tags uniqueItems ~ true # CreateThing.tags has uniqueItems true instead of none
  a pattern of items: takes tags items pattern ~ "^a" # CreateThing.tags[] has pattern "^a" instead of none
  a new format: takes title format ~ "uri" # CreateThing.title has format "uri" instead of none
  a narrower type: takes ratio type ~ "integer" # CreateThing.ratio was number, and is integer
  a value that is refused: takes kind enum ~ ["A"] # CreateThing.kind no longer takes "B"
  a further value that is taken: takes kind enum 2 ~ "C"
  listed values instead of any text: takes title enum ~ ["x"] # CreateThing.title takes only "x" now
  null that is refused: takes note type ~ "string" # CreateThing.note no longer takes null
  null that is taken: takes title type ~ ["string", "null"]
  a keyword that cannot be compared: takes title not ~ {} # CreateThing.title has not {} instead of none
  a removed status: list responses 404 ~ # GET /things.404 was removed
  a new error: list responses 409 ~ {}
  a new success: list responses 202 ~ {} # GET /things.successes was ["200"], and is ["200","202"]
  a further media type of an answer: list responses 200 content text/csv ~ {"schema": {"type": "string"}} # GET /things.media types was ["200 application/json"], and is ["200 application/json","200 text/csv"]
  a media type of an error: list responses 404 content ~ {"text/plain": {}}
  a removed header: list responses 200 headers Link ~ # GET /things.200.header Link was removed
  a header that is optional: list responses 200 headers Link required ~ # GET /things.200.header Link is no longer always present
  a removed property: has count ~ # Thing.count was removed
  a property that is optional: thing required ~ ["id", "kind"] # Thing.owner is no longer always present
  a new property: has more ~ {"type": "string"}
  a further value of an answer: has kind enum 2 ~ "C"
  a value that is no longer answered: has kind enum ~ ["A"]
  any value in an answer: has kind enum ~ # Thing.kind was "A", "B", and is free
  other values in an answer: has kind enum ~ ["C"] # Thing.kind was "A", "B", and is "C"
  a nullable answer: has id type ~ ["string", "null"] # Thing.id can be null now
  an answer that is never null: has owner type ~ "string"
  a wider type of an answer: has count type ~ "number" # Thing.count was integer, and is number
  a removed format of an answer: has id format ~ # Thing.id has format none instead of "uuid"
  a limit on an answer: has id maxLength ~ 36
  a new event: has event anyOf 2 ~ {"type": "object", "properties": {"type": {"const": "c"}}}
  a new member of a union without a tag: has event anyOf 2 ~ {"type": "string"} # Thing.event can be string now
  an event with less: has event anyOf 0 required ~ [] # Thing.event.type is no longer always present
  a removed schema: schemas Unused ~ # Unused was removed
`);

describe("the OpenAPI document", () => {
  it.each(CHANGES)("$what", ({ change: [path = "", value = ""], breaks }) => {
    const [begin = "", ...steps] = path.split(" ");
    const keys = [...(PLACES[begin] ?? begin).split(" "), ...steps];
    const draft = structuredClone(DOCUMENT);
    // biome-ignore lint/suspicious/noExplicitAny: any place in a document
    const holder = keys.slice(0, -1).reduce<any>((at, key) => at[key], draft);
    const key = keys.at(-1) ?? "";
    if (value === "") delete holder[key];
    else holder[key] = JSON.parse(value);
    expectBreaks(compareContracts(readOpenApi(DOCUMENT), readOpenApi(draft)), breaks);
  });
});

describe("the check of the contract", () => {
  type Files = Readonly<Record<string, string>>;
  const REPORT = "packages/sdk/api/sdk.api.md";
  const OPENAPI = "docs/openapi.json";
  const MANIFEST = "packages/sdk/package.json";
  const RELEASED: Files = {
    [MANIFEST]: JSON.stringify({ version: "1.2.0" }),
    [REPORT]: report(API),
    [OPENAPI]: JSON.stringify(DOCUMENT),
    ".changeset/README.md": "# Changesets\n",
  };
  const BROKEN: Files = { [OPENAPI]: JSON.stringify({ ...DOCUMENT, webhooks: {} }) };
  const folder = mkdtempSync(join(tmpdir(), "serviceflow-contract-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Checks a repository with these releases, in this order, and these files in the end. */
  function check(releases: readonly [version: string, files: Files][], files: Files) {
    const root = mkdtempSync(join(folder, "repository-"));
    const git = (...args: string[]) => {
      const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
      const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" };
      execFileSync("git", [...identity, ...args], { cwd: root, env });
    };
    const write = (state: Files) => {
      for (const [file, text] of Object.entries({ ...RELEASED, ...state })) {
        mkdirSync(dirname(join(root, file)), { recursive: true });
        writeFileSync(join(root, file), text);
      }
    };
    git("init", "--quiet");
    for (const [version, state] of releases) {
      write(state);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", "chore: release");
      git("tag", `@serviceflow/sdk@${version}`);
    }
    write(files);
    return checkContract(root);
  }

  it("passes before the first release, and says so", () => {
    const text = expect.stringContaining("no release");
    expect(check([], BROKEN)).toEqual({ isBroken: false, text });
  });

  it("compares with the newest release, which is not a candidate of it", () => {
    const releases: [string, Files][] = [
      ["1.2.0-rc.1", BROKEN],
      ["1.2.0", {}],
      ["1.1.0", BROKEN],
    ];
    expect(check(releases, {})).toEqual({ isBroken: false, text: "0 breaks since 1.2.0." });
    expect(check(releases, BROKEN).isBroken).toBe(true);
  });

  it("names a break, and what to do", () => {
    const types = report(API.replace("export const MOST: 10;\n", ""));
    const { isBroken, text } = check([["1.2.0", {}]], { ...BROKEN, [REPORT]: types });
    expect(isBroken).toBe(true);
    expect(text).toContain("SDK: MOST was removed.");
    expect(text).toContain("REST: webhook.created was removed.");
    expect(text).toContain("npx changeset add --major");
  });

  it.each([
    ['---\n"@serviceflow/sdk": major\n---\n\nMore.\n', true],
    ["---\n'@serviceflow/testing': minor\n'@serviceflow/sdk': major\n---\n", true],
    ['---\r\n"@serviceflow/sdk": major\r\n---\r\n', true],
    ['---\n"@serviceflow/sdk": minor\n---\n\n"@serviceflow/sdk": major\n', false],
    ['---\n"@serviceflow/testing": major\n---\n', false],
    ["---\n---\n", false],
  ])("accepts a break only with a major changeset of the SDK: %j, %s", (changeset, passes) => {
    const files = { ...BROKEN, ".changeset/quiet-birds.md": changeset };
    expect(check([["1.2.0", {}]], files).isBroken).toBe(!passes);
  });

  it("accepts a break in the next major version", () => {
    const files = { ...BROKEN, [MANIFEST]: JSON.stringify({ version: "2.0.0" }) };
    expect(check([["1.2.0", {}]], files).isBroken).toBe(false);
  });

  it("finds no break of the committed contract against itself, and one in it", () => {
    const read = (file: string) => readFileSync(join(import.meta.dirname, "../..", file), "utf8");
    const [types, rest] = [read(REPORT), read(OPENAPI)];
    const releases: [string, Files][] = [["1.2.0", { [REPORT]: types, [OPENAPI]: rest }]];
    const same = check(releases, { [REPORT]: `${types}\n`, [OPENAPI]: `${rest}\n` });
    expect(same.text).toBe("0 breaks since 1.2.0.");
    const changed = types.replace(" cancel<", " abandon<");
    const broken = check(releases, { [REPORT]: changed, [OPENAPI]: rest });
    expect(broken.text).toContain("Requests.cancel was removed");
  });
});
