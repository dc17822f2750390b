import { invalidField } from "@serviceflow/domain";
import { Hono } from "hono";
import type { CallContext, ContextFactory, HttpCall } from "../context.ts";
import type { TrackedStream } from "../events/router.ts";
import type { EventStream } from "../events/stream.ts";
import { allowOf, answerMethod } from "../http/allow.ts";
import { readBody } from "../http/body.ts";
import { codedResponse } from "../http/coded-response.ts";
import { codingOf } from "../http/content-coding.ts";
import type { Client } from "../http/guarded-body.ts";
import { type LineAnswer, lineStream } from "../http/line-stream.ts";
import { toDomainError } from "../http/problem.ts";
import { problemResponse } from "../http/problem-response.ts";
import { isUntransformed, UNTRANSFORMED } from "../http/untransformed.ts";
import { runnerOf } from "../procedure.ts";
import { prefersCsv, requireAcceptable } from "./accept.ts";
import { entrySchemaOf, queryCoercions, readNamedQuery, readQuery } from "./coerce.ts";
import { currentTag, entityTag } from "./entity-tag.ts";
import { eventBody } from "./event-stream.ts";
import { OPERATIONS, type Operation } from "./operations.ts";
import { queryHints } from "./query-hints.ts";

/**
 * REST over the same procedures as tRPC, with the same context: only the form of input and answer differs.
 * @param base the path below which the routes are mounted, for `Location` and `Link`
 */
export function restRoutes(base: string, contextOf: ContextFactory): Hono {
  const app = new Hono();
  for (const [path, operations] of byPath()) {
    const honoPath = path.replaceAll(/\{(\w+)\}/g, ":$1");
    for (const operation of operations) {
      app.on(operation.method, honoPath, formsOf(operation, base, contextOf));
    }
    const allow = allowOf(operations.map(({ method }) => method));
    app.all(honoPath, (c) => {
      const ctx = contextOf(c.req.raw, c.env);
      ctx.lines.route = `${base}${path}`;
      return answerMethod(c.req.method, allow, ctx);
    });
  }
  return app;
}

function byPath(): Map<string, Operation[]> {
  const paths = new Map<string, Operation[]>();
  for (const operation of OPERATIONS) {
    paths.set(operation.path, [...(paths.get(operation.path) ?? []), operation]);
  }
  return paths;
}

/** As JSON, or as CSV for those who would rather have it. */
function formsOf(operation: Operation, base: string, contextOf: ContextFactory) {
  const asJson = handler(operation, base, contextOf);
  if (operation.csv === null) return asJson;
  const asCsv = handler(operation.csv, base, contextOf);
  return (c: Call): Promise<Response> =>
    prefersCsv(c.req.raw.headers.get("accept")) ? asCsv(c) : asJson(c);
}

interface Call {
  req: { raw: Request; param(): Record<string, string> };
  env: unknown;
}

function handler(operation: Operation, base: string, contextOf: ContextFactory) {
  const { name, procedure, method, pathFields } = operation;
  const inQuery = method === "GET";
  const { named } = operation;
  const coercions = queryCoercions(named ? entrySchemaOf(operation.input, named) : operation.input);
  const read = named
    ? (url: string) => readNamedQuery(url, named, coercions)
    : (url: string) => readQuery(url, coercions);
  const withHints = queryHints(operation.input, named);
  const run = runnerOf(name, procedure);
  const route = `${base}${operation.path}`;
  const types = MEDIA_TYPES[operation.answers ?? "json"];

  return async (c: Call): Promise<Response> => {
    const request = c.req.raw;
    const ctx = contextOf(request, c.env);
    ctx.lines.route = route;
    const readInput = async () => {
      const params = pathFields.map((field): [string, unknown] => [field, c.req.param()[field]]);
      const given = inQuery ? read(request.url) : await readBody(ctx.body);
      if (operation.answers === "events") addLastEventId(given, ctx);
      const clash = given.find(([field]) => pathFields.includes(field));
      if (clash)
        throw invalidField(`/${clash[0]}`, "unknown_field", "The path contains it already.");
      return Object.fromEntries([...given, ...params]);
    };
    try {
      requireAcceptable(ctx.header("accept"), types);
      const result = await run(ctx, readInput);
      switch (operation.answers) {
        case "lines":
          return await respondWithLines(ctx, request, result as LineAnswer, {
            client: clientOf(ctx),
            headers: JSON_LINES,
          });
        case "csv":
          return await respondWithLines(ctx, request, result as LineAnswer, {
            client: clientOf(ctx),
            headers: CSV,
          });
        case "events": {
          const { stream } = result as TrackedStream;
          return respondWithEvents(ctx, request, stream, clientOf(ctx));
        }
        default:
          return await respond(operation, base, ctx, request, result);
      }
    } catch (error) {
      const refusal = toDomainError(error);
      return problemResponse(inQuery ? withHints(refusal, request.url) : refusal, ctx);
    }
  };
}

const JSON_TYPES = ["application/json", "application/problem+json"];
/** Of answers by their forms: the first is the answer's own, and others stand for it. */
const MEDIA_TYPES: Readonly<Record<NonNullable<Operation["answers"]> | "json", string[]>> = {
  json: JSON_TYPES,
  versioned: JSON_TYPES,
  page: JSON_TYPES,
  feed: JSON_TYPES,
  lines: ["application/x-ndjson", "application/ndjson", "application/jsonl"],
  csv: ["text/csv"],
  events: ["text/event-stream"],
};

/** An EventSource sends it when it reconnects; it takes precedence over the query. */
function addLastEventId(given: [string, unknown][], ctx: CallContext): void {
  const lastEventId = ctx.header("last-event-id");
  if (lastEventId === null || lastEventId === "") return;
  const index = given.findIndex(([field]) => field === "lastEventId");
  if (index !== -1) given.splice(index, 1);
  given.push(["lastEventId", lastEventId]);
}

function clientOf({ body, maxStalledMs }: HttpCall): Client {
  return { connection: body.incoming?.socket, maxStalledMs };
}

function respondWithEvents(
  ctx: CallContext,
  request: Request,
  stream: EventStream,
  client: Client,
): Response {
  const headers = {
    ...ctx.responseHeaders,
    "content-type": "text/event-stream",
    "cache-control": UNTRANSFORMED,
    // Some proxies would buffer the stream.
    "x-accel-buffering": "no",
  };
  if (request.method === "HEAD") {
    stream.end();
    return new Response(null, { status: 200, headers });
  }
  return new Response(eventBody(stream, client, ctx), { status: 200, headers });
}

const JSON_LINES = { "content-type": "application/x-ndjson" };
const CSV = {
  "content-type": "text/csv; charset=utf-8; header=present",
  "content-disposition": 'attachment; filename="requests.csv"',
  vary: "Accept, Authorization, Cookie, X-API-Key",
};

async function respondWithLines(
  ctx: CallContext,
  request: Request,
  answer: LineAnswer,
  { client, headers: form }: { client: Client; headers: Record<string, string> },
): Promise<Response> {
  const body = await lineStream(answer, client);
  // Nobody reads the body of a HEAD, so nobody would end it.
  if (request.method === "HEAD") await body.cancel();
  const headers = {
    ...ctx.responseHeaders,
    ...form,
    "cache-control": UNTRANSFORMED,
  };
  return new Response(request.method === "HEAD" ? null : body, {
    status: 200,
    headers,
  });
}

function respond(
  operation: Operation,
  base: string,
  ctx: HttpCall,
  request: Request,
  result: unknown,
): Response | Promise<Response> {
  const headers = ctx.responseHeaders;
  const fields = result as Record<string, unknown>;
  headers["cache-control"] ??= operation.method === "GET" ? "private, no-cache" : "no-store";
  headers.vary = operation.csv
    ? "Accept, Accept-Encoding, Authorization, Cookie, X-API-Key"
    : "Accept-Encoding, Authorization, Cookie, X-API-Key";
  const body = JSON.stringify(result);
  const coding = isUntransformed(headers) ? null : codingOf(body, ctx.acceptEncoding);
  const status = operation.status ?? 200;
  const answer = () => {
    headers["content-type"] = "application/json";
    return codedResponse(body, coding, { status, headers });
  };
  // Nothing has the version or the path of what a dry run answers.
  if (headers["dry-run"] !== undefined) return answer();
  if (operation.answers === "versioned") {
    headers.etag = entityTag(fields.version as number, body, coding);
    const current =
      operation.method === "GET" ? currentTag(ctx.header("if-none-match"), headers.etag) : null;
    if (current !== null) {
      headers.etag = current;
      return new Response(null, { status: 304, headers });
    }
  }
  const hasNext = operation.answers === "page" || (operation.answers === "feed" && fields.hasMore);
  if (hasNext && typeof fields.nextCursor === "string") {
    const url = new URL(request.url);
    url.searchParams.set(operation.answers === "feed" ? "after" : "cursor", fields.nextCursor);
    headers.link = `<${url.pathname}${url.search}>; rel="next"`;
  }
  if (operation.location) {
    const location = operation.location.replace("{id}", String(fields.id));
    headers.location = `${base}${location}`;
  }
  return answer();
}
