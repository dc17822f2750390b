import { ERRORS, type ErrorCode } from "@serviceflow/domain";
import { z } from "zod";
import type { ZodOpenApiContentObject, ZodOpenApiOperationObject } from "zod-openapi";
import { errorResponse, headerRefs, REQUEST_HEADERS } from "./document-components.ts";
import { toPascalCase } from "./document-names.ts";
import type { Operation } from "./operations.ts";

/** An operation in the OpenAPI document. */
export function toOperationObject(operation: Operation): ZodOpenApiOperationObject {
  const { input, pathFields, method, named } = operation;
  const fields = Object.keys(input.shape).filter((field) => !pathFields.includes(field));
  const inQuery = method === "GET";
  const rest = input.omit(mask(pathFields));
  const requiresBody = fields.some((field) => !(input.shape[field] instanceof z.ZodOptional));
  return {
    operationId: operation.name,
    tags: operation.tags,
    summary: operation.summary,
    description: [
      ...(operation.description ? [operation.description] : []),
      scopeOf(operation),
    ].join(" "),
    security: [
      ...(operation.redeems ? [] : [{ apiKey: [] }, { bearer: [] }]),
      ...(operation.exchanges || operation.redeems ? [{ oneTimeCode: [] }] : [{ session: [] }]),
      ...(operation.bootstrap ? [{ bootstrapKey: [] }] : []),
    ],
    requestParams: {
      ...(pathFields.length > 0 ? { path: input.pick(mask(pathFields)) } : {}),
      ...(inQuery && fields.length > 0 ? { query: named ? namedQuery(named) : rest } : {}),
      header: requestHeaders(operation),
    },
    ...(!inQuery && fields.length > 0
      ? {
          requestBody: {
            required: requiresBody,
            content: {
              "application/json": {
                schema: rest.meta({
                  id: `${toPascalCase(operation.name)}Input`,
                  description: input.description ?? `${operation.summary}.`,
                }),
                ...(operation.example ? { example: operation.example } : {}),
              },
            },
          },
        }
      : {}),
    responses: {
      [String(operation.status ?? 200)]: {
        description: operation.output?.description ?? "Done.",
        headers: responseHeaders(operation),
        content: contentOf(operation),
      },
      ...(method === "GET" && operation.answers === "versioned"
        ? {
            "304": {
              description: "Unchanged: If-None-Match has the current ETag.",
              headers: headerRefs("X-Request-Id", "ETag"),
            },
          }
        : {}),
      ...Object.fromEntries(
        [...errorCodes(operation)].map(([status, codes]) => [String(status), errorResponse(codes)]),
      ),
    },
  };
}

/** OpenAPI has no word for `name.field`: any name is a parameter. */
function namedQuery(field: string) {
  const entries = z
    .record(z.string(), z.union([z.string(), z.array(z.string())]).meta({ examples: ["me"] }))
    .meta({
      description: "Each name is `name.filter`: a name of yours and a filter of the list.",
      example: { "mine.assignee": "me", "mine.status": ["NEW", "IN_PROGRESS"] },
      param: { style: "form", explode: true },
    });
  return z.object({ [field]: entries });
}

function scopeOf({ scope }: Operation): string {
  return scope === null ? "Needs no scope." : `Needs the scope \`${scope}\`.`;
}

const LINES = {
  type: "string" as const,
  description: "JSON Lines: each line is a JSON object with a `type`.",
  examples: ['{"type":"end","position":1,"hash":"9f86d081..."}\n'],
};

const EVENTS = {
  type: "string" as const,
  description: "Server-sent events: `id` is a cursor, `data` an `Event` as JSON.",
  examples: ['id: AAAAAAAABBKfhtCBiExlnQ\ndata: {"type":"request.created"}\n\n'],
};

// CSV, which only those get who ask for it, is not among them: generated clients would type each answer as JSON or text.
function contentOf({ answers, output }: Operation): ZodOpenApiContentObject {
  if (answers === "lines") return { "application/x-ndjson": { schema: LINES } };
  if (answers === "events") return { "text/event-stream": { schema: EVENTS } };
  return { "application/json": { schema: output } };
}

function mask(fields: readonly string[]) {
  return Object.fromEntries(fields.map((field) => [field, true])) as never;
}

function takesPrecondition({ method, answers, pathFields }: Operation): boolean {
  const isOfOne = pathFields.length > 0 || method === "PATCH";
  return method !== "GET" && answers === "versioned" && isOfOne;
}

function requestHeaders(operation: Operation) {
  const isRead = operation.method === "GET";
  return z.object(REQUEST_HEADERS).pick({
    ...(isRead || operation.fleeting ? {} : { "Idempotency-Key": true }),
    ...(isRead ? {} : { "Dry-Run": true }),
    ...(takesPrecondition(operation) ? { "If-Match": true } : {}),
    ...(isRead && operation.answers === "versioned" ? { "If-None-Match": true } : {}),
    ...(operation.answers === "events" ? { "Last-Event-ID": true } : {}),
  });
}

function responseHeaders({ method, answers, location, fleeting }: Operation) {
  return headerRefs(
    "X-Request-Id",
    "RateLimit",
    "RateLimit-Policy",
    ...(answers === "versioned" ? (["ETag"] as const) : []),
    ...(answers === "page" || answers === "feed" ? (["Link"] as const) : []),
    ...(location ? (["Location"] as const) : []),
    ...(method === "GET" || fleeting ? [] : (["Idempotent-Replayed"] as const)),
    ...(method === "GET" ? [] : (["Dry-Run"] as const)),
  );
}

/** The error codes of an operation, by status. */
function errorCodes(operation: Operation): Map<number, ErrorCode[]> {
  const codes: ErrorCode[] = [
    "unauthenticated",
    ...(operation.scope === null ? [] : (["insufficient_scope"] as const)),
    ...(operation.pathFields.length > 0 ? (["not_found"] as const) : []),
    ...(operation.errors ?? []),
    ...(takesPrecondition(operation) ? (["precondition_failed"] as const) : []),
    ...(operation.method === "GET"
      ? []
      : ([
          "malformed_request",
          "malformed_json",
          "request_timeout",
          "payload_too_large",
          "unsupported_media_type",
          ...(operation.fleeting ? [] : (["write_conflict", "idempotency_key_reused"] as const)),
        ] as const)),
    "not_acceptable",
    "validation_failed",
    "rate_limited",
    "internal_error",
    "query_timeout",
    "unavailable",
  ];
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}
