import { ERRORS, type ErrorCode } from "@serviceflow/domain";
import { problem } from "@serviceflow/domain/contract";
import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from "zod-openapi";
import { VERSION } from "../version.ts";
import { OPERATIONS, type Operation } from "./operations.ts";

const DESCRIPTION = `Internal service requests, from filing to closing, with an audit of everything.

Every list answers \`{ items, nextCursor }\`. Every error is an RFC 9457 problem with a stable \`code\`. Any mutation can carry an \`Idempotency-Key\` and can then be sent again without being carried out twice. Whatever has a \`version\` has it as its \`ETag\`, and takes \`If-Match\`.`;

const TAGS = [
  { name: "Requests", description: "Service requests and what is done with them." },
  { name: "Comments", description: "What is said about a request." },
  { name: "Users", description: "People and service accounts." },
  { name: "API keys", description: "How callers authenticate." },
  { name: "Categories", description: "What kinds of request there are." },
  { name: "Audit", description: "What happened, all of it." },
];

let written: string | undefined;

/** The OpenAPI 3.1 document as JSON, written once from the procedures' schemas. */
export function openApiDocument(): string {
  written ??= `${JSON.stringify(build(), null, 2)}\n`;
  return written;
}

function build() {
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: toOperationObject(operation),
    };
  }
  return createDocument(
    {
      openapi: "3.1.0",
      info: {
        title: "ServiceFlow",
        version: VERSION,
        description: DESCRIPTION,
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "/api/v1", description: "This server." }],
      tags: TAGS,
      paths,
      components: {
        securitySchemes: {
          apiKey: {
            type: "apiKey",
            in: "header",
            name: "X-API-Key",
            description: "A user's API key, `sf_...`.",
          },
          bootstrapKey: {
            type: "apiKey",
            in: "header",
            name: "X-Bootstrap-Key",
            description: "Makes the first administrator, once.",
          },
        },
      },
    },
    {
      override: ({ jsonSchema, io }) => {
        // A closed answer would make every new field a breaking change for generated clients.
        if (io === "output") delete jsonSchema.additionalProperties;
      },
    },
  );
}

function toOperationObject(operation: Operation): ZodOpenApiOperationObject {
  const { input, pathFields, method } = operation;
  const fields = Object.keys(input.shape).filter((field) => !pathFields.includes(field));
  const inQuery = method === "GET";
  const rest = input.omit(Object.fromEntries(pathFields.map((field) => [field, true])) as never);
  const requiresBody = fields.some((field) => !isOptional(input.shape[field]));
  return {
    operationId: operation.name,
    tags: operation.tags,
    summary: operation.summary,
    ...(operation.description ? { description: operation.description } : {}),
    security: [{ apiKey: [] }, ...(operation.bootstrap ? [{ bootstrapKey: [] }] : [])],
    requestParams: {
      ...(pathFields.length > 0
        ? { path: input.pick(Object.fromEntries(pathFields.map((f) => [f, true])) as never) }
        : {}),
      ...(inQuery && fields.length > 0 ? { query: rest } : {}),
      header: requestHeaders(operation),
    },
    ...(!inQuery && fields.length > 0
      ? { requestBody: { required: requiresBody, content: { "application/json": { schema: rest } } } }
      : {}),
    responses: {
      [String(operation.status ?? 200)]: {
        description: "Done.",
        headers: responseHeaders(operation),
        content: { "application/json": { schema: operation.output } },
      },
      ...(method === "GET" && operation.answers === "versioned"
        ? { "304": { description: "Not changed since the version that If-None-Match names." } }
        : {}),
      ...errorResponses(operation),
    },
  };
}

function isOptional(field: unknown): boolean {
  return field instanceof z.ZodOptional;
}

function takesPrecondition({ method, answers, pathFields }: Operation): boolean {
  return method !== "GET" && answers === "versioned" && pathFields.length > 0;
}

function requestHeaders(operation: Operation) {
  const header = (description: string, example: string) =>
    z.string().max(255).optional().meta({ description, example });
  return z.object({
    ...(operation.method === "GET"
      ? {}
      : {
          "Idempotency-Key": header(
            "Names this call, so that it can be sent again without being carried out twice. Kept for a day.",
            "8e03978e-40d5-43dd-bc93-6894a57f9324",
          ),
        }),
    ...(takesPrecondition(operation)
      ? { "If-Match": header("Only if this is still the version: the ETag as it was read.", '"3"') }
      : {}),
    ...(operation.method === "GET" && operation.answers === "versioned"
      ? { "If-None-Match": header("Answer 304 if this is still the version.", '"3"') }
      : {}),
  });
}

function responseHeaders(operation: Operation) {
  const text = (description: string) => ({ description, schema: { type: "string" as const } });
  return {
    "X-Request-Id": text("Id of the call: the one that was sent, or a new one."),
    ...(operation.answers === "versioned" ? { ETag: text("The version, in quotes.") } : {}),
    ...(operation.answers === "page" ? { Link: text('The next page, `rel="next"`.') } : {}),
    ...(operation.location ? { Location: text("Path of what was created.") } : {}),
    ...(operation.method === "GET"
      ? {}
      : { "Idempotent-Replayed": text("`true` when the call was carried out before.") }),
  };
}

/** The codes an operation can end in, by status. */
export function errorCodes(operation: Operation): Map<number, ErrorCode[]> {
  const mutates = operation.method !== "GET";
  const codes: ErrorCode[] = [
    "unauthenticated",
    ...(operation.scope === null ? [] : (["insufficient_scope"] as const)),
    ...(operation.pathFields.length > 0 ? (["not_found"] as const) : []),
    ...(operation.errors ?? []),
    ...(takesPrecondition(operation) ? (["precondition_failed"] as const) : []),
    ...(mutates
      ? ([
          "malformed_request",
          "malformed_json",
          "write_conflict",
          "payload_too_large",
          "unsupported_media_type",
          "idempotency_key_reused",
        ] as const)
      : []),
    "validation_failed",
    "internal_error",
    "unavailable",
  ];
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}

function errorResponses(operation: Operation): Record<string, ZodOpenApiResponseObject> {
  return Object.fromEntries(
    [...errorCodes(operation)].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title}.`).join(" "),
        content: { "application/problem+json": { schema: problem } },
      },
    ]),
  );
}
