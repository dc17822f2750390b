import { z } from "zod";
import { VISIBILITIES } from "../requests/comment.ts";
import { COMMENT_BODY } from "../text/text.ts";
import { idOf, page, paging, requestPathId, text, timestamp, userRef } from "./fields.ts";

const visibility = z.enum(VISIBILITIES).meta({
  id: "Visibility",
  description: "INTERNAL comments are visible to administrators and agents only.",
  example: "PUBLIC",
});

export const comment = z
  .object({
    id: idOf("comment", "Id of the comment."),
    serviceRequestId: z
      .string()
      .meta({ description: "Id of the service request.", example: "SF-1031" }),
    author: userRef.meta({ description: "The author." }),
    visibility,
    body: z.string().meta({ description: "The text.", example: "On my way." }),
    createdAt: timestamp("When it was written."),
  })
  .meta({ id: "Comment", description: "A comment on a request. Comments never change." });

export const commentPage = page("CommentPage", comment);

export const createCommentBody = z.strictObject({
  body: text(COMMENT_BODY, {
    description: "The text; line breaks are kept.",
    example: "On my way.",
  }),
  visibility: visibility.optional().meta({ description: "Default PUBLIC." }),
});
export const createCommentInput = createCommentBody.extend({ id: requestPathId });

/** The input of the lists that belong to one request: comments and history. */
export const listOfRequestInput = z.strictObject({
  id: requestPathId,
  ...paging,
});
