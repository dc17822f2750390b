import { z } from "zod";
import { AUDIT_ACTIONS, SUBJECT_TYPES } from "../audit.ts";
import { idOf, moment, page, paging, publicId, timestamp, userRef } from "./fields.ts";

const action = z
  .enum(AUDIT_ACTIONS)
  .meta({ id: "AuditAction", description: "What happened.", example: "request.claimed" });

const historyShape = {
  id: idOf("auditEntry", "Id of the entry."),
  action,
  actor: userRef.nullable().meta({ description: "Who did it." }),
  subject: z
    .object({
      type: z.enum(SUBJECT_TYPES).meta({ description: "What kind of thing.", example: "request" }),
      id: z.string().meta({ description: "Its public id.", example: "SF-1042" }),
    })
    .meta({ id: "AuditSubject", description: "What it was done to." }),
  changes: z
    .record(
      z.string(),
      z.object({
        from: z.unknown().meta({ description: "What it was; null for something new." }),
        to: z.unknown().meta({ description: "What it is." }),
      }),
    )
    .meta({
      description: "Field by field, what it was and what it is.",
      example: { status: { from: "NEW", to: "IN_PROGRESS" } },
    }),
  reason: z.string().nullable().meta({ description: "The reason given.", example: null }),
  occurredAt: timestamp("When it happened."),
};

export const historyEntry = z
  .object(historyShape)
  .meta({ id: "HistoryEntry", description: "One entry of a request's history." });

export const historyPage = page("HistoryPage", historyEntry);

export const auditEntry = z
  .object({
    ...historyShape,
    serviceRequestId: z
      .string()
      .nullable()
      .meta({ description: "The service request it belongs to.", example: "SF-1042" }),
    apiKeyId: idOf("apiKey", "The API key that was used.").nullable(),
    requestId: z.string().meta({
      description: "`X-Request-Id` of the call.",
      example: "0199f3b0-5c1e-7e0a-9d58-7d3a9a2f6a10",
    }),
    clientAddress: z
      .string()
      .nullable()
      .meta({ description: "Address of the client.", example: "127.0.0.1" }),
    userAgent: z
      .string()
      .nullable()
      .meta({ description: "User agent of the client.", example: "curl/8.5.0" }),
  })
  .meta({ id: "AuditEntry", description: "One entry of the audit log." });

export const auditPage = page("AuditPage", auditEntry);

export const listAuditInput = z.strictObject({
  action: action.optional().meta({ description: "Only what is of this kind." }),
  actor: publicId("user", "Only what this user did.").optional(),
  subject: z
    .string()
    .max(100)
    .regex(/^[\w-]+$/, { error: "It must be a public id." })
    .optional()
    .meta({ description: "Only what was done to this: a public id.", example: "SF-1042" }),
  serviceRequestId: z
    .string()
    .max(20)
    .optional()
    .meta({ description: "Only what belongs to this request.", example: "SF-1042" }),
  occurredFrom: moment("At this moment or later.").optional(),
  occurredTo: moment("Before this moment.").optional(),
  ...paging,
});
