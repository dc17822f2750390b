import { DomainError } from "@serviceflow/domain";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { CallContext } from "./context.ts";
import { toDomainError, toProblem } from "./problem.ts";
import { MAX_BODY_BYTES, tooLarge } from "./rest/body.ts";
import { errorHeaders } from "./rest/problem-response.ts";
import type { ContextFactory } from "./rest/routes.ts";
import { appRouter } from "./router.ts";

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
  app.all("/*", (c) => {
    const ctx = contextOf(c.req.raw, c.env);
    return fetchRequestHandler({
      endpoint: ENDPOINT,
      req: c.req.raw,
      router: appRouter,
      createContext: () => ctx,
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
  });
  return app;
}

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
