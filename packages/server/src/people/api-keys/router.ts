import { requireMayManageKeys } from "@serviceflow/domain";
import {
  apiKeyById,
  apiKeyPage,
  apiKey as apiKeySchema,
  apiKeyWithSecret,
  currentApiKey,
  issueKeyBody,
  issueKeyForInput,
  listKeysInput,
  listKeysOfInput,
  revokedKeys,
  revokeKeysBody,
  revokeKeysOfInput,
  rotateKeyInput,
} from "@serviceflow/domain/contract";
import { uuidOf } from "../../db/ids.ts";
import { command, procedure, redemption, router } from "../../procedure.ts";
import { redeem } from "../codes/commands.ts";
import { getUser } from "../users/store.ts";
import { issue, revoke, revokeAll, rotate } from "./commands.ts";
import { getCurrentKey, listKeys } from "./store.ts";

const tags: [string] = ["API keys"];
const REVOKES_ALL =
  "Takes effect on every replica from the next call, also for keys in the overlap after a rotation. With `keepCallingKey`, the key that makes the call remains valid.";

export const apiKeysRouter = router({
  issue: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/users/me/api-keys",
        tags,
        example: { name: "Laptop", scopes: ["requests:read"] },
        summary: "Issue another API key for yourself",
        description:
          "It has at most the scopes of the caller's key and does not outlive it. It is shown only once.",
        status: 201,
        errors: ["too_many_api_keys", "secret_not_replayable"],
      },
    })
    .input(issueKeyBody)
    .output(apiKeyWithSecret)
    .mutation(({ ctx, input }) => issue(ctx, ctx.actor.userId, input)),

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

  current: procedure
    .meta({
      scope: null,
      openapi: {
        method: "GET",
        path: "/api-keys/current",
        tags,
        summary: "Get the API key of the call: what it may do, until when, and as which user",
      },
    })
    .output(currentApiKey)
    .query(({ ctx }) => getCurrentKey(ctx.db, ctx.actor.keyUuid)),

  redeem: redemption
    .meta({
      scope: null,
      openapi: {
        method: "POST",
        path: "/api-keys/redeem",
        tags,
        summary: "Redeem a one-time code for an API key",
        description:
          "The code stands for `X-API-Key`. The key has its name and scopes, and is shown only once. A wrong, used and expired code get the same answer. To get an answer that was lost, repeat the call with the same `Idempotency-Key` within a minute.",
        status: 201,
        errors: ["too_many_api_keys", "secret_not_replayable"],
        redeems: true,
      },
    })
    .output(apiKeyWithSecret)
    .mutation(({ ctx }) => redeem(ctx)),

  issueFor: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/users/{id}/api-keys",
        tags,
        example: { name: "Laptop", scopes: ["requests:read"] },
        summary: "Issue an API key for a user",
        description: "Administrators only, except for yourself. It is shown only once.",
        status: 201,
        errors: ["forbidden", "user_erased", "too_many_api_keys", "secret_not_replayable"],
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

  rotate: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/api-keys/{id}/rotate",
        tags,
        summary: "Rotate an API key",
        description:
          "Answers the new key, which is shown only once. It expires when the old key does, and no later than the caller's key. The old key keeps working for the overlap: a day by default, 0 for a leaked key.",
        status: 201,
        errors: ["api_key_inactive", "too_many_api_keys", "secret_not_replayable"],
      },
    })
    .input(rotateKeyInput)
    .output(apiKeyWithSecret)
    .mutation(({ ctx, input }) => rotate(ctx, input)),

  revoke: command
    .meta({
      scope: "admin",
      openapi: {
        method: "DELETE",
        path: "/api-keys/{id}",
        tags,
        summary: "Revoke an API key at once",
        description:
          "Has no effect on a key that is revoked already. The last key with which an administrator can act cannot be revoked: rotate it instead.",
        errors: ["last_admin"],
      },
    })
    .input(apiKeyById)
    .output(apiKeySchema)
    .mutation(({ ctx, input }) => revoke(ctx, input)),

  revokeAll: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/users/me/api-keys/revoke-all",
        tags,
        summary: "Revoke all your API keys at once",
        description: `${REVOKES_ALL} Has no effect when there are none.`,
        errors: ["last_admin"],
      },
    })
    .input(revokeKeysBody)
    .output(revokedKeys)
    .mutation(({ ctx, input }) => revokeAll(ctx, ctx.actor.userId, input)),

  revokeAllOf: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/users/{id}/api-keys/revoke-all",
        tags,
        summary: "Revoke all API keys of a user at once",
        description: `Administrators only, except for your own keys. ${REVOKES_ALL}`,
        errors: ["forbidden", "last_admin"],
      },
    })
    .input(revokeKeysOfInput)
    .output(revokedKeys)
    .mutation(({ ctx, input: { id, ...input } }) => revokeAll(ctx, id, input)),
});
