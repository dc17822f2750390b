import { z } from "zod";
import { AUDIT_ACTIONS, SUBJECT_TYPES } from "../log/audit-policy.ts";
import { ANCHOR, CHAIN_PROBLEMS } from "../log/hash-chain.ts";
import { STATE_PROBLEMS, STATE_TABLES } from "../log/state-verification.ts";
import { idOf, moment, page, paging, pattern, publicId, timestamp, userRef } from "./fields.ts";

export const auditAction = z
  .enum(AUDIT_ACTIONS)
  .meta({ id: "AuditAction", description: "What happened.", example: "request.claimed" });

/** A value as the log keeps it. The document says what it can be. */
const fieldValue = z.unknown().meta({
  id: "FieldValue",
  description: "The value of a field.",
  example: "NEW",
  override: {
    anyOf: [
      { type: "string" },
      { type: "number" },
      { type: "boolean" },
      { type: "array", items: { type: "string" } },
      { type: "object", additionalProperties: { type: "string", examples: ["Facilities"] } },
      { type: "null" },
    ],
  },
});

/** What entries and events have in common. */
export const whatHappened = {
  actor: userRef.nullable().meta({
    description: "The user who did it; null for the server, the operator and failed sign-ins.",
  }),
  subject: z
    .object({
      type: z.enum(SUBJECT_TYPES).meta({ description: "Type of the subject.", example: "request" }),
      id: z.string().meta({ description: "Public id of the subject.", example: "SF-1031" }),
    })
    .meta({ id: "AuditSubject", description: "The subject of the change." }),
  changes: z
    .record(
      z.string(),
      z
        .object({
          from: fieldValue.meta({ description: "The old value; null for something new." }),
          to: fieldValue.meta({ description: "The new value." }),
        })
        .meta({ id: "FieldChange", description: "The old and the new value of a field." }),
    )
    .meta({
      description: "The old and the new value by field. Erased values read `[erased]`.",
      example: { status: { from: "NEW", to: "IN_PROGRESS" } },
    }),
  reason: z.string().nullable().meta({ description: "The reason given.", example: null }),
  occurredAt: timestamp("When it happened."),
};

const historyShape = {
  id: idOf("auditEntry", "Id of the entry."),
  action: auditAction,
  ...whatHappened,
  sealed: z.boolean().meta({
    description: "Whether the hash chain binds it, as a rule within a second of its commit.",
    example: true,
  }),
};

export const historyEntry = z
  .object(historyShape)
  .meta({ id: "HistoryEntry", description: "One entry of a request's history." });

export const historyPage = page("HistoryPage", historyEntry);

export const serviceRequestId = z
  .string()
  .nullable()
  .meta({ description: "Id of the service request.", example: "SF-1031" });

/** The call that caused it. */
export const cause = {
  apiKeyId: idOf("apiKey", "Id of the API key that was used.").nullable(),
  requestId: z.string().meta({
    description: "The server's id of the call: `X-Request-Id` of its answer.",
    example: "0199f3b0-5c1e-7e0a-9d58-7d3a9a2f6a10",
  }),
};

const position = z
  .int()
  .positive()
  .meta({ description: "Position in the chain, starting at 1.", example: 1042, format: "int64" });

export const auditEntry = z
  .object({
    ...historyShape,
    position: position
      .nullable()
      .meta({ description: "Position in the chain, starting at 1; null: not sealed yet." }),
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
    clientRequestId: z.string().nullable().meta({
      description: "`X-Request-Id` that the client sent. The server does not check it.",
      example: "order-7",
    }),
  })
  .meta({ id: "AuditEntry", description: "One entry of the audit log." });

export const auditPage = page("AuditPage", auditEntry);

export const listAuditInput = z.strictObject({
  action: auditAction.optional().meta({ description: "Only entries of this action." }),
  actor: publicId("user", "Only entries of this actor.").optional(),
  subject: pattern("id", /^[\w-]+$/, "It must be a public id.")
    .max(100)
    .optional()
    .meta({ description: "Only entries about this subject: a public id.", example: "SF-1031" }),
  serviceRequestId: z
    .string()
    .max(20)
    .optional()
    .meta({ description: "Only entries of this service request.", example: "SF-1031" }),
  occurredFrom: moment("At this moment or later.").optional(),
  occurredTo: moment("Before this moment.").optional(),
  ...paging,
});

const hash = z.string().meta({
  description: "SHA-256 in hex.",
  example: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
});

/** A number that only grows with the log. */
function counted(description: string, example: number) {
  return z.int().meta({ description, example, format: "int64" });
}

const chainHead = z
  .object({ position, hash, sealedAt: timestamp("When it was sealed.") })
  .meta({ id: "ChainHead", description: "The last link of the chain." });

export const sealState = z
  .object({
    head: chainHead.nullable().meta({
      description: "The last link of the chain; null: nothing is sealed.",
    }),
    unsealed: counted(
      `Number of entries that are committed but not yet sealed, counted to 1,000.`,
      0,
    ),
    unsealedSince: timestamp("When the first of them happened; null: all are sealed.").nullable(),
    lastAnchor: z
      .object({ position, hash, anchoredAt: timestamp("When it was put out.") })
      .meta({
        id: "MadeAnchor",
        description:
          "An anchor that a server has put out: to its log, and to a file or a URL where it is configured.",
      })
      .nullable()
      .meta({ description: "The last anchor; null: none is known." }),
  })
  .meta({ id: "SealState", description: "How far the audit log is sealed." });

const stateDifference = z
  .object({
    table: z.enum(Object.values(STATE_TABLES)).meta({
      description: "Name of the table.",
      example: "users",
    }),
    id: z.string().meta({
      description: "Public id of the row; the slug of a category.",
      example: "usr_01kjg3v9tefya8h8m6q1v0c3zd",
    }),
    field: z.string().nullable().meta({
      description: "Name of the field; null: the whole row.",
      example: "role",
    }),
    problem: z.enum(STATE_PROBLEMS).meta({
      id: "StateProblem",
      description:
        "How it differs. A row is unexplained if no entry created it, or if an entry deleted it.",
      example: "field_differs",
    }),
    log: fieldValue.meta({ description: "The value by the log; null also if it was erased." }),
    state: fieldValue.meta({ description: "The value in the table." }),
    lastEntryId: idOf("auditEntry", "Id of the last entry about the row.").nullable(),
  })
  .meta({ id: "StateDifference", description: "A difference between a table and the log." });

const stateVerification = z
  .object({
    matches: z.boolean().meta({
      description: "Whether every row is what the log says.",
      example: true,
    }),
    entries: counted("Number of entries that were folded.", 1042),
    rows: counted("Number of rows that were compared.", 311),
    differences: counted("Number of differences.", 0),
    found: z
      .array(stateDifference)
      .meta({ description: "The first 100 differences.", example: [] }),
  })
  .meta({
    id: "StateVerification",
    description: "The result of comparing the tables with the log.",
  });

export const logVerification = z
  .object({
    valid: z.boolean().meta({
      description: "Whether the sealed entries are intact: none changed, added or missing.",
      example: true,
    }),
    entries: counted("Number of valid entries before the first fault.", 1042),
    head: chainHead.nullable().meta({
      description:
        "The last link of the chain. Kept elsewhere, it is the anchor of a later verification.",
    }),
    unsealed: counted("Number of entries that are committed but not yet sealed.", 0),
    erasedValues: counted("Number of erased names, addresses and texts.", 0),
    fault: z
      .object({
        position: position.nullable(),
        entryId: idOf("auditEntry", "Id of the entry, if known.").nullable(),
        problem: z.enum(CHAIN_PROBLEMS).meta({
          id: "ChainProblem",
          description: "The kind of fault.",
          example: "entry_changed",
        }),
        detail: z.string().meta({
          description: "The fault in words.",
          example: "Entry evt_01kjg3v9tefya8h8m6q1v0c3zd at position 7 or its seal was changed.",
        }),
      })
      .meta({ id: "ChainFault", description: "A fault in the chain." })
      .nullable()
      .meta({ description: "The first fault; null if the log is valid.", example: null }),
    state: stateVerification.nullable().meta({
      description: "How the tables compare with the log; null if that was not asked for.",
    }),
  })
  .meta({ id: "LogVerification", description: "The result of verifying the audit log." });

export const verifyAuditInput = z.strictObject({
  state: z.boolean().optional().meta({
    description:
      "Whether to compare requests, comments, users, API keys, categories and webhooks with the log as well.",
    example: true,
  }),
  anchor: pattern("anchor", ANCHOR, "It must be `position:hash` of an earlier head.")
    .optional()
    .meta({
      description: "An earlier head, `position:hash`, which the chain must still contain.",
      example: "1042:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    }),
});

export const exportAuditInput = z.strictObject({
  redacted: z
    .boolean()
    .optional()
    .meta({ description: "Whether to leave out names, addresses and free text.", example: true }),
});
