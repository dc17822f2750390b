import { DomainError, requireMayManageKeys, toPublicId } from "@serviceflow/domain";
import {
  currentSession,
  endedSession,
  listSessionsInput,
  listSessionsOfInput,
  sessionById,
  sessionPage,
  session as sessionSchema,
} from "@serviceflow/domain/contract";
import { warnOfPlainCookie } from "../../access/plain-cookie.ts";
import { isSameOrigin } from "../../access/same-origin.ts";
import { noSessionCookie, sessionCookie } from "../../access/session-cookie.ts";
import { isDryRun } from "../../commands/dry-run.ts";
import type { CallContext } from "../../context.ts";
import { uuidOf } from "../../db/ids.ts";
import { command, exchange, procedure, router } from "../../procedure.ts";
import { getUser } from "../users/store.ts";
import { end, start, startByCode } from "./commands.ts";
import { getCurrentSession, listSessions, notBySession } from "./store.ts";

const tags: [string] = ["Sessions"];

export const sessionsRouter = router({
  start: exchange
    .meta({
      scope: null,
      openapi: {
        method: "POST",
        path: "/session",
        tags,
        summary: "Sign in: exchange an API key or a one-time code for a session",
        description:
          "For a page of this server: the session is a cookie that no script can read. It has the scopes of the key or code, and ends with the key. `X-API-Key` takes precedence over `X-One-Time-Code`. A session counts only in calls that a browser marks with `Sec-Fetch-Site: same-origin` or an equal `Origin`, and `X-API-Key` takes precedence over it. The one that was not used for longest ends when a user has more than 20.",
        status: 201,
        errors: ["forbidden", "secret_not_replayable"],
        exchanges: true,
      },
    })
    .output(sessionSchema)
    .mutation(async ({ ctx }) => {
      requireSettable(ctx);
      // Another site could otherwise sign its visitors in as somebody else.
      if (!isSameOrigin(ctx)) {
        throw new DomainError(
          "forbidden",
          "Only a page of this server itself can start a session: its browser sends Sec-Fetch-Site: same-origin or an equal Origin.",
        );
      }
      const { actor } = ctx;
      const { session, secret } =
        actor.kind === "code" ? await startByCode(ctx, actor) : await start(ctx, actor);
      if (secret !== "") {
        warnOfPlainCookie(ctx, ctx.header("origin"));
        const cookie = sessionCookie(secret, session.expiresAt, ctx, ctx.clock());
        ctx.responseHeaders["set-cookie"] = cookie;
      }
      return session;
    }),

  current: procedure
    .meta({
      scope: null,
      openapi: {
        method: "GET",
        path: "/session",
        tags,
        summary: "Get the session of the call: who is signed in, and until when",
        errors: ["not_found"],
      },
    })
    .output(currentSession)
    .query(({ ctx }) => getCurrentSession(ctx.db, ctx.actor.keyUuid)),

  endCurrent: command
    .meta({
      scope: null,
      openapi: {
        method: "DELETE",
        path: "/session",
        tags,
        summary: "Sign out: end the session of the call",
        errors: ["not_found"],
      },
    })
    .output(endedSession)
    .mutation(async ({ ctx }) => {
      requireSettable(ctx);
      if (ctx.actor.session === null) throw notBySession();
      const ended = await end(ctx, toPublicId("apiKey", ctx.actor.keyUuid));
      if (!isDryRun(ctx)) ctx.responseHeaders["set-cookie"] = noSessionCookie(ctx);
      return ended;
    }),

  list: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/users/me/sessions",
        tags,
        summary: "List your sessions that have not ended, newest first",
        answers: "page",
      },
    })
    .input(listSessionsInput)
    .output(sessionPage)
    .query(({ ctx, input }) => listSessions(ctx, ctx.actor.userUuid, input)),

  listOf: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/users/{id}/sessions",
        tags,
        summary: "List a user's sessions that have not ended, newest first",
        description: "Administrators only, except for your own.",
        answers: "page",
        errors: ["forbidden"],
      },
    })
    .input(listSessionsOfInput)
    .output(sessionPage)
    .query(async ({ ctx, input }) => {
      requireMayManageKeys(input.id, ctx.caller);
      const user = await getUser(ctx.db, input.id, ctx.caller);
      return listSessions(ctx, uuidOf("user", user.id), input);
    }),

  end: command
    .meta({
      scope: "admin",
      openapi: {
        method: "DELETE",
        path: "/sessions/{id}",
        tags,
        summary: "End a session at once",
        description:
          "Your own, or as an administrator anybody's. Has no effect on one that has ended.",
      },
    })
    .input(sessionById)
    .output(endedSession)
    .mutation(({ ctx, input }) => end(ctx, input.id)),
});

/** @throws DomainError `malformed_request` in a streamed batch, whose headers are sent before anything is done */
function requireSettable({ header }: Pick<CallContext, "header">): void {
  if (header("trpc-accept") === null) return;
  throw new DomainError(
    "malformed_request",
    "This call sets a cookie, which a streamed batch cannot: send it alone.",
  );
}
