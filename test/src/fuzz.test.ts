import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Call, CallArbitrary } from "./harness/fuzz-call.ts";
import { type FuzzWorld, isWorking, openFuzzWorld } from "./harness/fuzz-world.ts";
import { LONG } from "./harness/long-run.ts";
import { type DocumentedOperation, OpenApi } from "./harness/openapi.ts";
import { SEED } from "./harness/seeds.ts";
import { headersOf, textOf } from "./harness/test-app.ts";

const RUNS = LONG ? 9_000 : Number(process.env.RUNS ?? 25);
const BASE = "http://test/api/v1";

/** Refusals of input that the schema allows: they depend on other fields, a time zone, the clock, or on what exists. */
const BEYOND_THE_SCHEMA = new Set([
  " exactly_one",
  "/after invalid_cursor",
  "/assignee not_allowed",
  "/assigneeId not_applicable",
  "/assigneeId not_eligible",
  "/category unknown",
  "/createdFrom out_of_range",
  "/createdFrom period_too_long",
  "/createdTo out_of_range",
  "/cursor invalid_cursor",
  "/expiresAt in_the_past",
  "/followsUp still_open",
  "/followsUp unknown",
  "/lastEventId invalid_cursor",
  "/locale invalid_format",
  "/reason required",
  "/requesterEmail not_applicable",
  "/requesterEmail not_eligible",
  "/requesterId not_eligible",
  "/sort not_with_q",
  "/timeZone unknown",
  "/url invalid_format",
]);

const openApi = new OpenApi();
/** The others belong to an identity provider, which this world has none of: `oidc.test.ts` takes its steps. */
const operations = openApi.operations.filter(({ path }) => !path.startsWith("/session/oidc"));

let world: FuzzWorld;
beforeAll(async () => {
  world = await openFuzzWorld(operations);
});
afterAll(() => world.close());

describe("every answer to random input is documented", () => {
  it.each(operations.map((operation) => [operation.id, operation] as const))(
    "%s",
    async (_id, operation) => {
      const calls = new CallArbitrary(openApi, operation, world);
      const examples = calls.sweep().map((call): [Call] => [call]);
      const statuses = new Set<number>();
      const property = fc.asyncProperty(calls.any(), async (call) => {
        const { status, faults } = await make(operation, call);
        statuses.add(status);
        expect(faults).toEqual([]);
      });
      const success = [...operation.responses.keys()].find((status) => status < 300) as number;
      // Refusals alone would say little, and a success can take more luck than one round has.
      for (let round = 0; round === 0 || (round < 10 && !statuses.has(success)); round += 1) {
        const numRuns = examples.length + RUNS;
        await fc.assert(property, { seed: SEED + round, examples, numRuns });
      }
      expect([...statuses]).toContain(success);
    },
  );
});

async function make(
  operation: DocumentedOperation,
  call: Call,
): Promise<{ status: number; faults: string[] }> {
  const id = await idOf(operation, call);
  const ofId = operation.path.replace("{id}", id);
  const path = ofId.includes("{deliveryId}")
    ? ofId.replace("{deliveryId}", await world.deliveryTo(id))
    : ofId;
  const response = await world.app.fetch(`${BASE}${path}?${call.query}`, {
    method: operation.method,
    headers: await headersFor(operation, call),
    ...(operation.method === "GET" || call.body === null ? {} : { body: toBytes(call.body) }),
  });
  const text = await textOf(response);
  if (operation.path.endsWith("/revoke-all")) await world.restoreKeys();
  return { status: response.status, faults: faultsOf(operation, call, response, text) };
}

async function idOf(operation: DocumentedOperation, { target }: Call): Promise<string> {
  if (target === null) return "";
  return "raw" in target ? target.raw : await world.fresh(operation, target.fresh);
}

async function headersFor(
  operation: DocumentedOperation,
  { key: name, type, headers }: Call,
): Promise<Record<string, string>> {
  const key = await world.credential(operation, name);
  return {
    ...headers,
    ...(key === null ? {} : headersOf({ key })),
    ...(type === null ? {} : { "content-type": type }),
  };
}

/** As bytes, so that fetch adds no content type of its own. */
function toBytes(body: string | Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? new TextEncoder().encode(body) : body;
}

function isSignedIn({ key, headers }: Call): boolean {
  return isWorking(key) || "x-bootstrap-key" in headers;
}

/** Everything about an answer that the document does not promise. */
function faultsOf(
  operation: DocumentedOperation,
  call: Call,
  response: Response,
  text: string,
): string[] {
  const { status, headers } = response;
  // What no answer can please is refused before anybody is asked who they are.
  const mayCall = operation.isOpenToAll || isSignedIn(call);
  if (!mayCall && status !== 401 && status !== 406) {
    return [`${status} without a key that works`];
  }
  const documented = operation.responses.get(status);
  if (!documented || status >= 500) return [`${status} ${text}`];
  const requestId = headers.get("x-request-id") ?? "";
  const faults = /^[\w.:-]{1,128}$/.test(requestId) ? [] : [`X-Request-Id ${requestId}`];

  const [type, media] = Object.entries(documented.content ?? {})[0] ?? [];
  if (!media) return text === "" ? faults : [...faults, `a body with ${status}`];
  if (headers.get("content-type") !== type)
    faults.push(`Content-Type ${headers.get("content-type")}`);
  if (type === "application/x-ndjson") return [...faults, ...faultsOfLines(text)];
  if (type === "text/event-stream") {
    return /^retry: \d+\nid: [\w-]{19}\n\n$/.test(text)
      ? faults
      : [...faults, `a stream of ${text}`];
  }
  const body = JSON.parse(text);
  const fault = openApi.faultOf(media.schema, body);
  if (fault) faults.push(`${fault} in ${text}`);

  if (status < 300) return [...faults, ...faultsOfSuccess(operation, call, headers, body)];
  if (body.status !== status) faults.push(`status ${body.status} in a ${status}`);
  if (body.requestId !== requestId) faults.push("another request id");
  if (!documented.description.includes(`\`${body.code}\``))
    faults.push(`undocumented ${body.code}`);
  return call.isAllowed ? [...faults, ...faultsOfRefusal(body)] : faults;
}

function faultsOfLines(text: string): string[] {
  const types = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).type);
  return types.at(0) === "header" && types.at(-1) === "end" ? [] : ["an export that is not whole"];
}

function faultsOfSuccess(
  { responses, body: described }: DocumentedOperation,
  call: Call,
  headers: Headers,
  // biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field
  body: any,
): string[] {
  const promised = Object.keys([...responses].find(([status]) => status < 300)?.[1].headers ?? {});
  const faults: string[] = [];
  if (promised.includes("ETag") && !headers.get("etag")?.startsWith(`"${body.version}-`))
    faults.push("no ETag");
  if (promised.includes("Location") && !headers.get("location")) faults.push("no Location");
  const hasNext = body.hasMore ?? body.nextCursor !== null;
  if (promised.includes("Link") && headers.has("link") !== hasNext) {
    faults.push("a Link that is not the next page's");
  }
  const wrong = described && openApi.faultOf(described.schema, trimmed(sent(call)));
  return wrong ? [...faults, `accepted, though ${wrong}`] : faults;
}

function sent({ body, type }: Call): unknown {
  const text = body === null || type === null ? "" : new TextDecoder().decode(toBytes(body));
  return text === "" ? {} : JSON.parse(text);
}

/** A text may have space around it, which is not counted. */
function trimmed(value: unknown): unknown {
  if (typeof value === "string") return value.trim();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, trimmed(field)]));
}

// biome-ignore lint/suspicious/noExplicitAny: a problem document
function faultsOfRefusal({ status, code, errors }: any): string[] {
  if ([400, 413, 415].includes(status)) return [`${code}, though all is as documented`];
  if (code !== "validation_failed") return [];
  return (errors as { pointer: string; code: string }[])
    .map((error) => `${error.pointer} ${error.code}`)
    .filter((rule) => !BEYOND_THE_SCHEMA.has(rule))
    .map((rule) => `refused for ${rule}, which the schema allows`);
}
