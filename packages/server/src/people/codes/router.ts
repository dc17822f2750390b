import { requireMayManageKeys } from "@serviceflow/domain";
import {
  codeById,
  issueCodeBody,
  issueCodeForInput,
  listCodesInput,
  listCodesOfInput,
  oneTimeCodePage,
  oneTimeCode as oneTimeCodeSchema,
  oneTimeCodeWithSecret,
} from "@serviceflow/domain/contract";
import { uuidOf } from "../../db/ids.ts";
import { command, procedure, router } from "../../procedure.ts";
import { getUser } from "../users/store.ts";
import { issue, revoke } from "./commands.ts";
import { listCodes } from "./store.ts";

const tags: [string] = ["One-time codes"];

export const codesRouter = router({
  issue: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/users/me/codes",
        tags,
        summary: "Issue a one-time code for yourself",
        description:
          "To sign in elsewhere or to link a program, for 10 minutes. It grants at most the scopes and the time of the caller's key, ends with it, and is shown only once. A user can have 10 outstanding codes: another one revokes the oldest.",
        status: 201,
        errors: ["secret_not_replayable"],
      },
    })
    .input(issueCodeBody)
    .output(oneTimeCodeWithSecret)
    .mutation(({ ctx, input }) => issue(ctx, ctx.actor.userId, input)),

  list: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/users/me/codes",
        tags,
        summary: "List your outstanding one-time codes, newest first",
        answers: "page",
      },
    })
    .input(listCodesInput)
    .output(oneTimeCodePage)
    .query(({ ctx, input }) => listCodes(ctx, ctx.actor.userUuid, input)),

  issueFor: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/users/{id}/codes",
        tags,
        summary: "Invite a user by a one-time code",
        description:
          "Administrators only, except for yourself. It is valid for 72 hours, as long as you remain an administrator, grants at most the scopes and the time of the caller's key, and is shown only once.",
        status: 201,
        errors: ["forbidden", "user_erased", "secret_not_replayable"],
      },
    })
    .input(issueCodeForInput)
    .output(oneTimeCodeWithSecret)
    .mutation(({ ctx, input: { id, ...input } }) => issue(ctx, id, input)),

  listOf: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/users/{id}/codes",
        tags,
        summary: "List a user's outstanding one-time codes, newest first",
        description: "Administrators only, except for your own.",
        answers: "page",
        errors: ["forbidden"],
      },
    })
    .input(listCodesOfInput)
    .output(oneTimeCodePage)
    .query(async ({ ctx, input }) => {
      requireMayManageKeys(input.id, ctx.caller);
      const user = await getUser(ctx.db, input.id, ctx.caller);
      return listCodes(ctx, uuidOf("user", user.id), input);
    }),

  revoke: command
    .meta({
      scope: "admin",
      openapi: {
        method: "DELETE",
        path: "/codes/{id}",
        tags,
        summary: "Revoke a one-time code at once",
        description: "Your own, or as an administrator anybody's.",
      },
    })
    .input(codeById)
    .output(oneTimeCodeSchema)
    .mutation(({ ctx, input }) => revoke(ctx, input.id)),
});
