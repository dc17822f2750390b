import {
  type Decision,
  formatApiKey,
  type IssueKeyInput,
  issueKey,
  type OwnedKey,
  requireMayManageKeys,
  revokeKey,
  rotateKey,
  toPublicId,
  toUuid,
  uuidv7,
} from "@serviceflow/domain";
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
import type { AuthenticatedContext } from "../context.ts";
import { change } from "../db/change.ts";
import { procedure, router } from "../trpc.ts";
import { getUser, noSuchUser } from "../users/store.ts";
import {
  insertKey,
  type KeyColumns,
  keyUuid,
  listKeys,
  loadKey,
  loadOwner,
  requireKey,
  revokeKeyRow,
  rotateKeyRow,
  toApiKey,
} from "./store.ts";

const tags: [string] = ["API keys"];

function newKey(ctx: AuthenticatedContext) {
  return {
    id: toPublicId("apiKey", uuidv7(ctx.clock().getTime(), ctx.random(10))),
    secret: formatApiKey(ctx.random(32)),
  };
}

function issue(ctx: AuthenticatedContext, procedure: string, userId: string, input: IssueKeyInput) {
  requireMayManageKeys(userId, ctx.caller);
  const key = newKey(ctx);
  return change(ctx, {
    procedure,
    input: { ...input, userId },
    secret: true,
    load: loadOwner,
    values: { user: toUuid("user", userId) },
    decide: (row: { ownerId: string } | null, now) => {
      if (!row) throw noSuchUser();
      return issueKey(input, ctx.caller, { ...key, userId }, now);
    },
    write: (next: OwnedKey) => insertKey(next, key.secret),
    answer: (next) => ({ ...toApiKey(next), apiKey: key.secret }),
  });
}

export const apiKeysRouter = router({
  issue: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/users/me/api-keys",
        tags,
        summary: "Issue a further key for yourself",
        description: "It can do no more than the key that asks. It is shown this once.",
        status: 201,
        errors: ["secret_not_replayable"],
      },
    })
    .input(issueKeyBody)
    .output(apiKeyWithSecret)
    .mutation(({ ctx, input }) => issue(ctx, "apiKeys.issue", ctx.caller.id, input)),

  list: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/users/me/api-keys",
        tags,
        summary: "List your keys, newest first",
        answers: "page",
      },
    })
    .input(listKeysInput)
    .output(apiKeyPage)
    .query(({ ctx, input }) => listKeys(ctx.db, ctx.principal.userUuid, input)),

  issueFor: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/users/{id}/api-keys",
        tags,
        summary: "Issue a key for a user",
        description: "Administrators only, but for your own. It is shown this once.",
        status: 201,
        errors: ["forbidden", "secret_not_replayable"],
      },
    })
    .input(issueKeyForInput)
    .output(apiKeyWithSecret)
    .mutation(({ ctx, input: { id, ...input } }) => issue(ctx, "apiKeys.issueFor", id, input)),

  listOf: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/users/{id}/api-keys",
        tags,
        summary: "List a user's keys, newest first",
        description: "Administrators only, but for your own.",
        answers: "page",
        errors: ["forbidden"],
      },
    })
    .input(listKeysOfInput)
    .output(apiKeyPage)
    .query(async ({ ctx, input }) => {
      requireMayManageKeys(input.id, ctx.caller);
      const user = await getUser(ctx.db, input.id, ctx.caller);
      return listKeys(ctx.db, toUuid("user", user.id) as string, input);
    }),

  rotate: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/api-keys/{id}/rotate",
        tags,
        summary: "Replace a key",
        description:
          "Answers the new key, shown this once. The old one works on for the overlap: a day unless said, 0 for a leaked key.",
        status: 201,
        errors: ["api_key_inactive", "secret_not_replayable"],
      },
    })
    .input(rotateKeyInput)
    .output(apiKeyWithSecret)
    .mutation(({ ctx, input }) => {
      const key = newKey(ctx);
      return change(ctx, {
        procedure: "apiKeys.rotate",
        input,
        secret: true,
        load: loadKey,
        values: { id: keyUuid(input.id) },
        decide: (row: KeyColumns | null, now) =>
          rotateKey(requireKey(row, ctx.caller), input, ctx.caller, key, now),
        write: (next: { old: OwnedKey; replacement: OwnedKey }, row) =>
          rotateKeyRow(next, key.secret, row as KeyColumns),
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
        summary: "Revoke a key at once",
        description: "One that is revoked already stays as it is.",
      },
    })
    .input(apiKeyById)
    .output(apiKeySchema)
    .mutation(({ ctx, input }) =>
      change(ctx, {
        procedure: "apiKeys.revoke",
        input,
        load: loadKey,
        values: { id: keyUuid(input.id) },
        decide: (row: KeyColumns | null, now): Decision<OwnedKey> =>
          revokeKey(requireKey(row, ctx.caller), ctx.caller, now),
        write: (next: OwnedKey, row) => revokeKeyRow(next, row as KeyColumns),
        answer: toApiKey,
      }),
    ),
});
