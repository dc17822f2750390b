import { z } from "zod";
import { VISIBILITIES } from "../requests/comment.ts";
import { COMMENT_BODY } from "../text/text.ts";
import { idOf, page, paging, requestPathId, text, timestamp, userRef } from "./fields.ts";

const visibility = z.enum(VISIBILITIES).meta({
  id: "Visibility",
  description: "INTERNAL is for administrators and agents alone.",
  example: "PUBLIC",
});

export const comment = z
  .object({
    id: idOf("comment", "Id of the comment."),
    serviceRequestId: z.string().meta({ description: "The request's id.", example: "SF-1042" }),
    author: userRef.meta({ description: "Who wrote it." }),
    visibility,
    body: z.string().meta({ description: "What it says.", example: "On my way." }),
    createdAt: timestamp("When it was written."),
  })
  .meta({ id: "Comment", description: "A comment on a request; it never changes." });

export const commentPage = page("CommentPage", comment);

export const createCommentBody = z.strictObject({
  body: text(COMMENT_BODY, {
    description: "What it says; line breaks are kept.",
    example: "On my way.",
  }),
  visibility: visibility.optional().meta({ description: "PUBLIC when left out." }),
});
export const createCommentInput = createCommentBody.extend({ id: requestPathId });

/** For what hangs below one request: its comments, its history. */
export const listOfRequestInput = z.strictObject({
  id: requestPathId,
  ...paging,
});
