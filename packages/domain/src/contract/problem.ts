import { z } from "zod";
import { ERRORS, type ErrorCode, FIELD_RULES } from "../error.ts";

const CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

const fieldError = z
  .object({
    pointer: z.string().meta({
      description: "JSON Pointer (RFC 6901) to the field; empty for the input as a whole.",
      example: "/title",
    }),
    code: z.string().meta({
      description: `Stable name of the rule. Known names: ${FIELD_RULES.join(", ")}.`,
      example: "too_short",
    }),
    detail: z.string().meta({
      description: "The rule in words.",
      example: "It must have 3 to 200 characters.",
    }),
    params: z
      .record(
        z.string(),
        z
          .union([z.string(), z.number(), z.array(z.string())])
          .meta({ description: "One value, or all that there are.", example: 200 }),
      )
      .optional()
      .meta({
        description:
          "What the rule depends on, such as `min` and `max` of a text or the `values` that there are; absent when that is nothing.",
        example: { min: 3, max: 200 },
      }),
  })
  .meta({ id: "FieldError", description: "A validation error of one field." });

export const problem = z
  .object({
    type: z.string().meta({
      format: "uri",
      description: "URN of the error code.",
      example: "urn:serviceflow:error:not_found",
    }),
    title: z.string().meta({ description: "The error in words.", example: "Not found." }),
    status: z.int().meta({ description: "The HTTP status.", example: 404 }),
    detail: z.string().meta({
      description: "This occurrence of the error in words.",
      example: "There is no such request, or you may not view it.",
    }),
    instance: z
      .string()
      .meta({ description: "Path of the call.", example: "/api/v1/requests/SF-9" }),
    code: z.string().meta({
      description: `Stable error code. Known codes: ${CODES.join(", ")}.`,
      example: "not_found",
    }),
    requestId: z.string().meta({
      description: "`X-Request-Id` of the call; quote it in a support request.",
      example: "0199f3b0-5c1e-7e0a-9d58-7d3a9a2f6a10",
    }),
    retryable: z.boolean().meta({
      description: "Whether a retry of the same call can succeed.",
      example: false,
    }),
    errors: z.array(fieldError).meta({ description: "Validation errors by field." }),
    rule: z.string().optional().meta({
      description: "With `forbidden`: the rule that refused the call.",
      example: "request.claim:EMPLOYEE:never",
    }),
    allowed: z
      .array(z.string())
      .optional()
      .meta({
        description: "With `illegal_transition`: the statuses that can follow.",
        example: ["IN_PROGRESS", "CANCELED"],
      }),
    scope: z.string().optional().meta({
      description: "With `insufficient_scope`: the missing scope.",
      example: "admin",
    }),
  })
  .meta({ id: "Problem", description: "An error (RFC 9457)." });
