import { DomainError } from "@serviceflow/domain";
import { type AnyRouter, type inferRouterContext, initTRPC } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { CallContext, ContextFactory } from "../context.ts";
import type { TrackedStream } from "../events/router.ts";
import { MAX_BODY_BYTES, tooLarge } from "../http/body.ts";
import { type Connection, guardedBody } from "../http/guarded-body.ts";
import { incomingOf } from "../http/incoming.ts";
import { toDomainError, toProblem } from "../http/problem.ts";
import { errorHeaders } from "../http/problem-response.ts";
import { SSE } from "../procedure.ts";
import { appRouter } from "../router.ts";

const ENDPOINT = "/trpc";
/** One call could otherwise run thousands of procedures. */
const MAX_BATCH_SIZE = 10;

/** tRPC over HTTP. Whatever is refused here is refused in tRPC's own shape, or its client could not read it. */
export function trpcRoutes(contextOf: ContextFactory): Hono {
  const app = new Hono();
  app.post(
    "/*",
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) => refusal(tooLarge(), contextOf(c.req.raw, c.env)),
    }),
    async (c, next) => {
      const type = c.req.header("content-type") ?? "";
      // Form data would reach mutations, and a form can be sent from any page.
      if (/^application\/json\b/i.test(type)) return next();
      const error = new DomainError("unsupported_media_type", "Send application/json.");
      return refusal(error, contextOf(c.req.raw, c.env));
    },
  );
  app.get("/events.stream", async (c) => {
    const ctx = contextOf(c.req.raw, c.env);
    let opened: TrackedStream | undefined;
    try {
      opened = await openSubscription(c.req.raw, ctx);
      if (c.req.method === "HEAD") {
        opened.leave();
        return new Response(null, { headers: ctx.responseHeaders });
      }
      const response = await answer(c.req.raw, ctx, openedRouter, { opened });
      return guarded(response, opened, incomingOf(c.env)?.socket);
    } catch (error) {
      opened?.leave();
      return refusal(toDomainError(error), ctx);
    }
  });
  app.all("/*", (c) => {
    const ctx = contextOf(c.req.raw, c.env);
    return answer(c.req.raw, ctx, appRouter, ctx);
  });
  return app;
}

function answer<Router extends AnyRouter>(
  req: Request,
  ctx: CallContext,
  router: Router,
  routed: inferRouterContext<Router>,
): Promise<Response> {
  return fetchRequestHandler({
    endpoint: ENDPOINT,
    req,
    router,
    createContext: () => routed as never,
    maxBatchSize: MAX_BATCH_SIZE,
    responseMeta: ({ errors }) => {
      const ofErrors = errors.map((error) => errorHeaders(toDomainError(error)));
      const headers = Object.assign(
        { "cache-control": "no-store" },
        ctx.responseHeaders,
        ...ofErrors,
      );
      return { headers: new Headers(headers) };
    },
  });
}

/** tRPC itself would wait for a client that takes nothing for ever. */
function guarded(
  response: Response,
  opened: TrackedStream,
  connection: Connection | undefined,
): Response {
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
    connection,
  );
  return new Response(body, response);
}

const opening = initTRPC.context<{ opened: TrackedStream }>().create({ sse: SSE });

/** The subscription once it has been opened: what tRPC itself refuses of one is sent with status 200. */
const openedRouter = opening.router({
  events: opening.router({
    stream: opening.procedure.subscription(({ ctx, signal }) => {
      signal?.addEventListener("abort", () => ctx.opened.leave(), { once: true });
      return ctx.opened;
    }),
  }),
});

/** Calls the procedure as tRPC would, so that a refusal has its own status. */
async function openSubscription(request: Request, ctx: CallContext): Promise<TrackedStream> {
  const procedure = appRouter.events.stream as unknown as SubscriptionProcedure;
  const query = new URL(request.url).searchParams;
  return procedure({
    ctx,
    path: "events.stream",
    type: "subscription",
    signal: undefined,
    getRawInput: async () => {
      const input = readJson(query.get("input") ?? "{}");
      const lastEventId = ctx.header("last-event-id") ?? query.get("lastEventId");
      return typeof input === "object" && lastEventId ? { ...input, lastEventId } : input;
    },
    batchIndex: 0,
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DomainError("malformed_json", "The input cannot be read as JSON.", { cause });
  }
}

type SubscriptionProcedure = (options: {
  ctx: CallContext;
  path: string;
  type: "subscription";
  signal: AbortSignal | undefined;
  getRawInput: () => Promise<unknown>;
  batchIndex: number;
}) => Promise<TrackedStream>;

function refusal(error: DomainError, ctx: CallContext): Response {
  const problem = toProblem(error, ctx);
  const body = {
    error: {
      message: `${problem.code}: ${problem.detail}`,
      // JSON-RPC's "invalid request", as tRPC has it.
      code: -32_600,
      data: { code: "BAD_REQUEST", httpStatus: problem.status, problem },
    },
  };
  const headers = {
    ...ctx.responseHeaders,
    ...errorHeaders(error),
    "content-type": "application/json",
  };
  return new Response(JSON.stringify(body), { status: problem.status, headers });
}
