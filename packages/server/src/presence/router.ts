import {
  listPresenceInput,
  requestById,
  requestPresence,
  requestPresences,
  setPresenceInput,
} from "@serviceflow/domain/contract";
import { isDryRun } from "../commands/dry-run.ts";
import { procedure, router, signal } from "../procedure.ts";

const tags: [string] = ["Requests"];

export const presenceRouter = router({
  get: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/requests/{id}/presence",
        tags,
        summary: "See who is on a request",
        description:
          "Agents and administrators see who views or writes; everybody who may view the request sees who writes a public comment.",
      },
    })
    .input(requestById)
    .output(requestPresence)
    .query(({ ctx, input }) => ctx.presence.get(ctx.caller, input.id)),

  list: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/requests/presence",
        tags,
        summary: "See who is on several requests",
        description:
          "For a list of requests in sight. Leaves out requests on which the caller sees nobody, which do not exist or which the caller may not view.",
      },
    })
    .input(listPresenceInput)
    .output(requestPresences)
    .query(({ ctx, input }) => ctx.presence.list(ctx.caller, input)),

  set: signal
    .meta({
      // It changes nothing that anybody keeps, so a key that only reads may say that it does.
      scope: "requests:read",
      openapi: {
        method: "PUT",
        path: "/requests/{id}/presence",
        tags,
        summary: "Say that you are on a request",
        description:
          "You count as present for 30 s: repeat it every 15 s. The answer, and with `follow` the stream of events, says who else is there. It is stored nowhere, is neither an event nor in the audit log, and repeating it is harmless, so that it needs no `Idempotency-Key`.",
        fleeting: true,
        errors: ["forbidden"],
      },
    })
    .input(setPresenceInput)
    .output(requestPresence)
    .mutation(({ ctx, input }) => {
      const dryRun = isDryRun(ctx);
      if (dryRun) ctx.responseHeaders["dry-run"] = "true";
      const { actor, caller, responseHeaders: headers } = ctx;
      return ctx.presence.set(actor, caller, input, { headers, dryRun });
    }),
});
