import { trpcServer } from "@hono/trpc-server";
import { DomainError } from "@serviceflow/domain";
import { initTRPC, type TRPCError } from "@trpc/server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { CallContext, ContextFactory } from "../context.ts";
import type { TrackedStream } from "../events/router.ts";
import { MAX_BODY_BYTES, tooLarge } from "../http/body.ts";
import { type Connection, guardedBody } from "../http/guarded-body.ts";
import { incomingOf } from "../http/incoming.ts";
import { toDomainError, toProblem } from "../http/problem.ts";
import { errorHeaders } from "../http/problem-response.ts";
import { callProcedure, TRPC_OPTIONS } from "../procedure.ts";
import { appRouter } from "../router.ts";

/** One call could otherwise run thousands of procedures. */
const MAX_BATCH_SIZE = 10;

type Env = { Variables: { call: CallContext; opened: TrackedStream } };

/** tRPC over HTTP. Refusals come in tRPC's own shape, or its client could not read them. */
export function trpcRoutes(contextOf: ContextFactory): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    const call = contextOf(c.req.raw, c.env);
    c.set("call", call);
    await next();
    const headers = { "cache-control": "no-store", ...call.responseHeaders };
    for (const [name, value] of Object.entries(headers)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  });
  app.post(
    "/*",
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) => refusal(tooLarge(), c.get("call")),
    }),
    async (c, next) => {
      const type = c.req.header("content-type") ?? "";
      // Form data would reach mutations, and any page can submit a form.
      if (/^application\/json\b/i.test(type)) return next();
      const error = new DomainError("unsupported_media_type", "Send application/json.");
      return refusal(error, c.get("call"));
    },
  );
  app.get("/events.stream", async (c, next) => {
    const call = c.get("call");
    let opened: TrackedStream | undefined;
    try {
      opened = await openSubscription(c.req.raw, call);
      if (c.req.method === "HEAD") {
        opened.leave();
        return new Response(null);
      }
      c.set("opened", opened);
      const response = (await serveOpened(c, next)) as Response;
      return guarded(response, opened, incomingOf(c.env)?.socket);
    } catch (error) {
      opened?.leave();
      return refusal(toDomainError(error), call);
    }
  });
  app.use(
    "/*",
    trpcServer({ ...OPTIONS, router: appRouter, createContext: (_, c) => c.get("call") }),
  );
  return app;
}

const OPTIONS = {
  endpoint: "/trpc",
  maxBatchSize: MAX_BATCH_SIZE,
  responseMeta: ({ errors }: { errors: TRPCError[] }) => ({
    headers: new Headers(
      Object.assign(
        // Here, because tRPC adds it to the `no-cache` of its streams.
        { "cache-control": "no-store" },
        ...errors.map((error) => errorHeaders(toDomainError(error))),
      ),
    ),
  }),
};

/** tRPC itself waits without limit for a client that reads nothing. */
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

const opening = initTRPC.context<CallContext & { opened: TrackedStream }>().create(TRPC_OPTIONS);

/** The subscription after it has been opened: tRPC itself would refuse one with status 200. */
const openedRouter = opening.router({
  events: opening.router({
    stream: opening.procedure.subscription(({ ctx, signal }) => {
      signal?.addEventListener("abort", () => ctx.opened.leave(), { once: true });
      return ctx.opened;
    }),
  }),
});

const serveOpened = trpcServer({
  ...OPTIONS,
  router: openedRouter,
  createContext: (_, c) => ({ ...c.get("call"), opened: c.get("opened") }),
});

/** Calls the procedure as tRPC would, so that a refusal has its own status. */
async function openSubscription(request: Request, ctx: CallContext): Promise<TrackedStream> {
  const query = new URL(request.url).searchParams;
  const stream = await callProcedure(appRouter.events.stream, {
    ctx,
    path: "events.stream",
    type: "subscription",
    getRawInput: async () => {
      const input = readJson(query.get("input") ?? "{}");
      const lastEventId = ctx.header("last-event-id") ?? query.get("lastEventId");
      return typeof input === "object" && lastEventId ? { ...input, lastEventId } : input;
    },
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
  const problem = toProblem(error, ctx);
  const body = {
    error: {
      message: `${problem.code}: ${problem.detail}`,
      // JSON-RPC's "invalid request", as in tRPC.
      code: -32_600,
      data: { code: "BAD_REQUEST", httpStatus: problem.status, problem },
    },
  };
  const headers = { ...errorHeaders(error), "content-type": "application/json" };
  return new Response(JSON.stringify(body), { status: problem.status, headers });
}
