import {
  CATEGORY_DESCRIPTION,
  CATEGORY_NAME,
  COMMENT_BODY,
  DESCRIPTION,
  FULL_NAME,
  KEY_NAME,
  REASON,
  SEARCH_QUERY,
  TITLE,
  WEBHOOK_DESCRIPTION,
} from "@serviceflow/domain";
import { emailSchema, textSchema } from "./text-schema.ts";

/**
 * The texts that the server takes, with their limits.
 * @example
 * ```ts
 * const { min, max } = texts.title;
 * console.log(`<input name="title" minlength="${min}" maxlength="${max}">`);
 *
 * const problem = texts.reason.check("");
 * console.log(problem?.code, problem?.detail); // too_short It must have 1 to 1000 characters.
 * ```
 */
export const texts = {
  /** Of a service request. */
  title: textSchema(TITLE),
  /** Of a service request. */
  description: textSchema(DESCRIPTION),
  /** The body of a comment. */
  comment: textSchema(COMMENT_BODY),
  /** Of a transition or an assignment. */
  reason: textSchema(REASON),
  /** `q` of lists. */
  search: textSchema(SEARCH_QUERY),
  /** Of a user. */
  fullName: textSchema(FULL_NAME),
  /** Of a user. */
  email: emailSchema(),
  /** Of an API key or one-time code. */
  keyName: textSchema(KEY_NAME),
  categoryName: textSchema(CATEGORY_NAME),
  categoryDescription: textSchema(CATEGORY_DESCRIPTION),
  webhookDescription: textSchema(WEBHOOK_DESCRIPTION),
} as const;
