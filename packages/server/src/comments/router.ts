import { COMMENT_DEFAULTS, createComment, toPublicId } from "@serviceflow/domain";
import {
  commentPage,
  comment as commentSchema,
  createCommentInput,
  listOfRequestInput,
} from "@serviceflow/domain/contract";
import { execute } from "../commands/command.ts";
import { defaultsOf } from "../commands/defaults.ts";
import { newUuid } from "../commands/dry-run.ts";
import { command, gatedProcedure, router } from "../procedure.ts";
import { getRequest, loadRequest, visibleState } from "../requests/store.ts";
import { insertComment, listComments } from "./store.ts";

const tags: [string] = ["Comments"];

export const commentsRouter = router({
  create: command
    .meta({
      scope: "requests:write",
      openapi: {
        method: "POST",
        path: "/requests/{id}/comments",
        tags,
        summary: "Comment on a request",
        description: "Only administrators and agents can write and see INTERNAL comments.",
        status: 201,
        errors: ["forbidden"],
      },
    })
    .input(createCommentInput)
    .output(commentSchema)
    .mutation(({ ctx, input }) => {
      const uuid = newUuid(ctx);
      return execute(ctx, {
        input,
        defaults: defaultsOf(createCommentInput, COMMENT_DEFAULTS),
        load: loadRequest(input.id, ctx.actor.userUuid),
        decide: (row, by) =>
          createComment(visibleState(row, by.caller), input, {
            ...by,
            id: toPublicId("comment", uuid),
          }),
        write: (next, row) => insertComment(ctx.listedWords, uuid, { ...row, id: row.uuid }, next),
        answer: (next) => next,
      });
    }),

  list: gatedProcedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/requests/{id}/comments",
        tags,
        summary: "List a request's comments, newest first",
        description: "Employees see only public comments.",
        answers: "page",
      },
    })
    .input(listOfRequestInput)
    .output(commentPage)
    .query(async ({ ctx, input }) => {
      const { uuid } = await getRequest(ctx, input.id);
      return listComments(ctx.db, uuid, input, ctx.caller);
    }),
});
