import { z } from "zod";
import { ERRORS, type ErrorCode } from "../error.ts";

const CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

const fieldError = z
  .object({
    pointer: z.string().meta({
      description: "JSON Pointer (RFC 6901) to the field; empty for the input as a whole.",
      example: "/title",
    }),
    code: z.string().meta({ description: "Stable name of the rule.", example: "too_short" }),
    detail: z.string().meta({
      description: "The rule in words.",
      example: "It must have 3 to 200 characters.",
    }),
  })
  .meta({ id: "FieldError", description: "One broken rule of one field." });

export const problem = z
  .object({
    type: z.string().meta({
      description: "Names the kind of problem.",
      example: "urn:serviceflow:error:not_found",
    }),
    title: z.string().meta({ description: "The kind in words.", example: "Not found" }),
    status: z.int().meta({ description: "The HTTP status.", example: 404 }),
    detail: z.string().meta({
      description: "This occurrence in words.",
      example: "There is nothing here that you can see.",
    }),
    instance: z
      .string()
      .meta({ description: "Path of the call.", example: "/api/v1/requests/SF-9" }),
    code: z.string().meta({
      description: `Stable code to decide by. Known today: ${CODES.join(", ")}.`,
      example: "not_found",
    }),
    requestId: z.string().meta({
      description: "`X-Request-Id` of the call; quote it when asking for help.",
      example: "0199f3b0-5c1e-7e0a-9d58-7d3a9a2f6a10",
    }),
    retryable: z.boolean().meta({
      description: "Whether the same call can succeed when simply sent again.",
      example: false,
    }),
    errors: z.array(fieldError).meta({ description: "The broken rules, field by field." }),
    rule: z.string().optional().meta({
      description: "The rule that refused, with `forbidden`.",
      example: "request.claim:EMPLOYEE:never",
    }),
    allowed: z
      .array(z.string())
      .optional()
      .meta({
        description: "The statuses that can follow, with `illegal_transition`.",
        example: ["IN_PROGRESS", "CANCELED"],
      }),
    scope: z.string().optional().meta({
      description: "The scope that the key lacks, with `insufficient_scope`.",
      example: "admin",
    }),
  })
  .meta({ id: "Problem", description: "An error (RFC 9457)." });
