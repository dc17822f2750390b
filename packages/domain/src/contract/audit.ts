import { z } from "zod";
import { AUDIT_ACTIONS, SUBJECT_TYPES } from "../log/audit-policy.ts";
import { ANCHOR, CHAIN_PROBLEMS } from "../log/hash-chain.ts";
import { idOf, moment, page, paging, publicId, timestamp, userRef } from "./fields.ts";

export const auditAction = z
  .enum(AUDIT_ACTIONS)
  .meta({ id: "AuditAction", description: "What happened.", example: "request.claimed" });

/** What entries and events have in common. */
export const whatHappened = {
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
      description: "Field by field, what it was and what it is. What was erased reads `[erased]`.",
      example: { status: { from: "NEW", to: "IN_PROGRESS" } },
    }),
  reason: z.string().nullable().meta({ description: "The reason given.", example: null }),
  occurredAt: timestamp("When it happened."),
};

const historyShape = {
  id: idOf("auditEntry", "Id of the entry."),
  action: auditAction,
  ...whatHappened,
};

export const historyEntry = z
  .object(historyShape)
  .meta({ id: "HistoryEntry", description: "One entry of a request's history." });

export const historyPage = page("HistoryPage", historyEntry);

export const serviceRequestId = z
  .string()
  .nullable()
  .meta({ description: "The service request it belongs to.", example: "SF-1042" });

/** The call that did it. */
export const cause = {
  apiKeyId: idOf("apiKey", "The API key that was used.").nullable(),
  requestId: z.string().meta({
    description: "`X-Request-Id` of the call.",
    example: "0199f3b0-5c1e-7e0a-9d58-7d3a9a2f6a10",
  }),
};

export const auditEntry = z
  .object({
    ...historyShape,
    serviceRequestId,
    ...cause,
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
  action: auditAction.optional().meta({ description: "Only what is of this kind." }),
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

const position = z
  .int()
  .positive()
  .meta({ description: "Place in the chain, from 1 on.", example: 1042 });
const hash = z.string().meta({
  description: "SHA-256 in hex.",
  example: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
});

export const logVerification = z
  .object({
    valid: z.boolean().meta({
      description: "Whether every sealed entry is what was sealed, none added and none missing.",
      example: true,
    }),
    entries: z
      .int()
      .meta({ description: "How many entries fit, from the first on.", example: 1042 }),
    head: z
      .object({ position, hash, sealedAt: timestamp("When it was sealed.") })
      .meta({ id: "ChainHead", description: "The end of a chain." })
      .nullable()
      .meta({ description: "The end of the chain; kept outside, it is an anchor for later." }),
    unsealed: z
      .int()
      .meta({ description: "Entries that are committed and not sealed yet.", example: 0 }),
    erasedValues: z
      .int()
      .meta({ description: "Names, addresses and texts that have been erased.", example: 0 }),
    fault: z
      .object({
        position: position.nullable(),
        entryId: idOf("auditEntry", "The entry, where it is known.").nullable(),
        problem: z
          .enum(CHAIN_PROBLEMS)
          .meta({ id: "ChainProblem", description: "What is wrong.", example: "entry_changed" }),
        detail: z.string().meta({
          description: "The same in words.",
          example: "The entry at position 7, or its seal, is not what was sealed.",
        }),
      })
      .meta({ id: "ChainFault", description: "What does not fit." })
      .nullable()
      .meta({ description: "The first thing that does not fit; null when everything does." }),
  })
  .meta({ id: "LogVerification", description: "What a verification of the audit log found." });

export const verifyAuditInput = z.strictObject({
  anchor: z
    .string()
    .regex(ANCHOR, {
      error: "It must be `position:hash`, as an earlier head had them.",
    })
    .optional()
    .meta({
      description: "A head that was kept before, `position:hash`: the chain must still have it.",
      example: "1042:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    }),
});

export const exportAuditInput = z.strictObject({
  redacted: z
    .boolean()
    .optional()
    .meta({ description: "Whether to leave out names, addresses and free text.", example: true }),
});
