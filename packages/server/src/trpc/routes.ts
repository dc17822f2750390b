import { DomainError } from "@serviceflow/domain";
import { type AnyProcedure, initTRPC } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { Hono } from "hono";
import { holdingServices } from "../call-context.ts";
import type { CallContext, ContextFactory, HttpCall } from "../context.ts";
import type { TrackedStream } from "../events/router.ts";
import { allowOf, answerMethod } from "../http/allow.ts";
import { readText } from "../http/body.ts";
import { acceptedCoding, codingOf, encode } from "../http/content-coding.ts";
import { type Client, guardedBody } from "../http/guarded-body.ts";
import { failedCalls, toDomainError } from "../http/problem.ts";
import { errorHeaders } from "../http/problem-response.ts";
import { toErrorShape } from "../http/trpc-error-shape.ts";
import { UNTRANSFORMED } from "../http/untransformed.ts";
import { runnerOf, TRPC_OPTIONS } from "../procedure.ts";
import { appRouter } from "../router.ts";
import { requireJsonBody } from "./json-body.ts";
import { findSingle } from "./single-call.ts";

/** One call could otherwise run thousands of procedures. */
const MAX_BATCH_SIZE = 10;

type Env = { Variables: { call: HttpCall } };

/** tRPC over HTTP. Refusals come in tRPC's own shape, or its client could not read them. */
export function trpcRoutes(contextOf: ContextFactory): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    const call = contextOf(c.req.raw, c.env);
    c.set("call", call);
    const single = findSingle(c.req.raw, call);
    if (single) return single();
    await next();
    const headers = { "cache-control": "no-store", ...call.responseHeaders };
    for (const [name, value] of Object.entries(headers)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
    if (!c.res.headers.get("cache-control")?.includes("no-transform")) {
      c.res = await compressed(c.res, call.acceptEncoding);
    }
  });
  app.on("OPTIONS", "/*", (c) => {
    const call = c.get("call");
    const allow = allowedAt(call.path);
    if (allow !== null) return answerMethod("OPTIONS", allow, call);
    return refusal(new DomainError("not_found", "There is no such procedure."), call);
  });
  app.post("/*", async (c, next) => {
    const call = c.get("call");
    try {
      requireJsonBody(call);
    } catch (error) {
      return refusal(toDomainError(error), call);
    }
    return next();
  });
  app.get("/events.stream", async (c, next) => {
    // tRPC would take it for a batch, and refuses that itself.
    if (c.req.query("batch") === "1") return next();
    const call = c.get("call");
    let opened: TrackedStream | undefined;
    try {
      opened = await openSubscription(c.req.raw, call);
      if (c.req.method === "HEAD") {
        opened.leave();
        return new Response(null);
      }
      const response = await serve(c.req.raw, call, opened);
      const { body, maxStalledMs } = call;
      return guarded(response, opened, { connection: body.incoming?.socket, maxStalledMs });
    } catch (error) {
      opened?.leave();
      return refusal(toDomainError(error), call);
    }
  });
  app.all("/*", (c) => serve(c.req.raw, c.get("call")));
  return app;
}

/** `Allow` of one procedure, or of a batch of one kind; null: there are none of these names. */
function allowedAt(path: string): string | null {
  const types = path
    .slice("/trpc/".length)
    .split(",")
    .map((name) => PROCEDURES.get(name)?._def.type);
  const isMutation = types[0] === "mutation";
  if (!types.every((type) => type !== undefined && (type === "mutation") === isMutation)) {
    return null;
  }
  return allowOf([isMutation ? "POST" : "GET"]);
}

const PROCEDURES = new Map<string, AnyProcedure>(
  Object.entries(appRouter._def.procedures as unknown as Record<string, AnyProcedure>),
);

async function compressed(response: Response, acceptEncoding: string | null): Promise<Response> {
  response.headers.append("vary", "Accept-Encoding");
  if (response.body === null || acceptedCoding(acceptEncoding) === null) return response;
  const { status, headers } = response;
  const body = await response.text();
  const coding = codingOf(body, acceptEncoding);
  if (coding === null) return new Response(body, { status, headers });
  headers.set("content-encoding", coding);
  headers.delete("content-length");
  return new Response(await encode(body, coding), { status, headers });
}

/** @param opened the subscription that the call is for; without one, it may be for none */
async function serve(request: Request, call: HttpCall, opened?: TrackedStream): Promise<Response> {
  let hasContext = true;
  let refused: DomainError | undefined;
  const response = await fetchRequestHandler({
    endpoint: "/trpc",
    maxBatchSize: MAX_BATCH_SIZE,
    router: (opened ? openedRouter : appRouter) as typeof openedRouter,
    req: request.method === "POST" ? readingLazily(request, call) : request,
    createContext({ info }) {
      // By a path that only tRPC takes for this one, such as `events.stream/`, a stream would run without a guard.
      if (!opened && info.type === "subscription") {
        const code = request.method === "GET" ? "not_found" : "method_not_allowed";
        refused = new DomainError(code, "Subscribe with GET /trpc/events.stream alone.");
        throw refused;
      }
      return { ...holdingServices(call), opened } as OpenedContext;
    },
    onError({ error, ctx }) {
      call.lines.code = toDomainError(error).code;
      if (ctx) return;
      hasContext = false;
      failedCalls.set(error, call);
    },
    responseMeta: ({ ctx, errors, eagerGeneration, type }) => ({
      headers: new Headers(
        Object.assign(
          // Here, because tRPC adds it to the `no-cache, no-transform` of its subscriptions.
          {
            "cache-control":
              eagerGeneration && type !== "subscription"
                ? UNTRANSFORMED
                : (ctx?.responseHeaders["cache-control"] ?? "no-store"),
          },
          ...errors.map((error) => errorHeaders(toDomainError(error))),
        ),
      ),
    }),
  });
  // tRPC itself would refuse a subscription with status 200.
  if (refused) {
    void response.body?.cancel();
    return refusal(refused, call);
  }
  // What fails before it has a context, tRPC leaves without a type.
  if (!hasContext) response.headers.set("content-type", "application/json");
  return response;
}

/** tRPC reads the body with the first input, which is after authentication; here it is counted too. */
function readingLazily(request: Request, call: HttpCall): Request {
  return new Proxy(request, {
    get: (target, name) =>
      name === "text" ? () => readText(call.body) : Reflect.get(target, name, target),
  });
}

/** tRPC itself waits without limit for a client that reads nothing. */
function guarded(response: Response, opened: TrackedStream, client: Client): Response {
  if (!response.body) {
    opened.leave();
    return response;
  }
  const reader = response.body.getReader();
  const body = guardedBody(
    {
      signal: opened.stream.signal,
      read: async () => {
        const { done, value } = await reader.read();
        return done ? null : value;
      },
      leave() {
        opened.leave();
        reader.cancel().catch(() => {});
      },
    },
    client,
  );
  return new Response(body, response);
}

type OpenedContext = CallContext & { opened: TrackedStream };
const opening = initTRPC.context<OpenedContext>().create(TRPC_OPTIONS);

/** The subscription after it has been opened: tRPC itself would refuse one with status 200. */
const openedRouter = opening.router({
  events: opening.router({
    stream: opening.procedure.subscription(({ ctx, signal }) => {
      signal?.addEventListener("abort", () => ctx.opened.leave(), { once: true });
      return ctx.opened;
    }),
  }),
});

const runStream = runnerOf("events.stream", appRouter.events.stream);

/** Calls the procedure as tRPC would, so that a refusal has its own status. */
async function openSubscription(request: Request, ctx: CallContext): Promise<TrackedStream> {
  const query = new URL(request.url).searchParams;
  const stream = await runStream(ctx, () => {
    const input = readJson(query.get("input") ?? "{}");
    const lastEventId = ctx.header("last-event-id") ?? query.get("lastEventId");
    return typeof input === "object" && lastEventId ? { ...input, lastEventId } : input;
  });
  return stream as TrackedStream;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DomainError("malformed_json", "The input is not valid JSON.", { cause });
  }
}

function refusal(error: DomainError, ctx: CallContext): Response {
  ctx.lines.code = error.code;
  const body = { error: toErrorShape(error, ctx) };
  const headers = { ...errorHeaders(error), "content-type": "application/json" };
  return new Response(JSON.stringify(body), { status: error.status, headers });
}
