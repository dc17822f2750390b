import { createDocument, type ZodOpenApiPathsObject } from "zod-openapi";
import { VERSION } from "../version.ts";
import { HEADERS } from "./document-components.ts";
import { toOperationObject } from "./document-operation.ts";
import { tidy } from "./document-tidy.ts";
import { webhookObjects } from "./document-webhooks.ts";
import { OPERATIONS } from "./operations.ts";

const DESCRIPTION = `Internal service requests, from filing to closing, with an audit of everything.

Every list answers \`{ items, nextCursor }\`. Every error is an RFC 9457 problem with a stable \`code\`. Any mutation can carry an \`Idempotency-Key\` and can then be sent again without being carried out twice. Whatever has a \`version\` has it as its \`ETag\`, and takes \`If-Match\`.`;

const TAGS = [
  { name: "Requests", description: "Service requests and what is done with them." },
  { name: "Comments", description: "What is said about a request." },
  { name: "Users", description: "People and service accounts." },
  { name: "API keys", description: "How callers authenticate." },
  { name: "Categories", description: "What kinds of request there are." },
  { name: "Audit", description: "What happened, all of it." },
  { name: "Events", description: "What happens, for bots and integrations to follow." },
  { name: "Webhooks", description: "Where events are sent." },
];

let written: string | undefined;

/** The OpenAPI 3.1 document as JSON, written once from the procedures' schemas. */
export function openApiDocument(): string {
  written ??= `${JSON.stringify(tidy(build()), null, 2)}\n`;
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
      webhooks: webhookObjects(),
      components: {
        headers: HEADERS,
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
        if (io === "output" && jsonSchema.additionalProperties === false) {
          delete jsonSchema.additionalProperties;
        }
      },
    },
  );
}
