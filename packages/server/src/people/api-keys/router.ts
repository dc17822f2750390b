import { requireMayManageKeys, rotateKey } from "@serviceflow/domain";
import {
  apiKeyById,
  apiKeyPage,
  apiKey as apiKeySchema,
  apiKeyWithSecret,
  issueKeyBody,
  issueKeyForInput,
  listKeysInput,
  listKeysOfInput,
  rotateKeyInput,
} from "@serviceflow/domain/contract";
import { execute } from "../../commands/command.ts";
import { uuidOf } from "../../db/ids.ts";
import { procedure, router } from "../../procedure.ts";
import { getUser } from "../users/store.ts";
import { issue, newKey, revoke } from "./commands.ts";
import { listKeys, loadKey, requireManaged, rotateKeyRow, toApiKey } from "./store.ts";

const tags: [string] = ["API keys"];

export const apiKeysRouter = router({
  issue: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/users/me/api-keys",
        tags,
        summary: "Issue another API key for yourself",
        description: "It has at most the scopes of the caller's key. It is shown only once.",
        status: 201,
        errors: ["secret_not_replayable"],
      },
    })
    .input(issueKeyBody)
    .output(apiKeyWithSecret)
    .mutation(({ ctx, input }) => issue(ctx, ctx.caller.id, input)),

  list: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/users/me/api-keys",
        tags,
        summary: "List your API keys, newest first",
        answers: "page",
      },
    })
    .input(listKeysInput)
    .output(apiKeyPage)
    .query(({ ctx, input }) => listKeys(ctx.db, ctx.actor.userUuid, input)),

  issueFor: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/users/{id}/api-keys",
        tags,
        summary: "Issue an API key for a user",
        description: "Administrators only, except for yourself. It is shown only once.",
        status: 201,
        errors: ["forbidden", "secret_not_replayable"],
      },
    })
    .input(issueKeyForInput)
    .output(apiKeyWithSecret)
    .mutation(({ ctx, input: { id, ...input } }) => issue(ctx, id, input)),

  listOf: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/users/{id}/api-keys",
        tags,
        summary: "List a user's API keys, newest first",
        description: "Administrators only, except for your own keys.",
        answers: "page",
        errors: ["forbidden"],
      },
    })
    .input(listKeysOfInput)
    .output(apiKeyPage)
    .query(async ({ ctx, input }) => {
      requireMayManageKeys(input.id, ctx.caller);
      const user = await getUser(ctx.db, input.id, ctx.caller);
      return listKeys(ctx.db, uuidOf("user", user.id), input);
    }),

  rotate: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/api-keys/{id}/rotate",
        tags,
        summary: "Rotate an API key",
        description:
          "Answers the new key, which is shown only once. The old key keeps working for the overlap: a day by default, 0 for a leaked key.",
        status: 201,
        errors: ["api_key_inactive", "secret_not_replayable"],
      },
    })
    .input(rotateKeyInput)
    .output(apiKeyWithSecret)
    .mutation(({ ctx, input }) => {
      const key = newKey(ctx);
      return execute(ctx, {
        input,
        secret: true,
        load: loadKey(input.id),
        decide: (row, now) =>
          rotateKey(requireManaged(row, ctx.caller), input, { caller: ctx.caller, now, ...key }),
        write: (next, row) => rotateKeyRow(next, key.secret, row),
        answer: (next) => ({ ...toApiKey(next.replacement), apiKey: key.secret }),
      });
    }),

  revoke: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "DELETE",
        path: "/api-keys/{id}",
        tags,
        summary: "Revoke an API key at once",
        description: "Has no effect on a key that is revoked already.",
      },
    })
    .input(apiKeyById)
    .output(apiKeySchema)
    .mutation(({ ctx, input }) => revoke(ctx, input)),
});
