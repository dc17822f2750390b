import { createDocument, type ZodOpenApiPathsObject } from "zod-openapi";
import { VERSION } from "../version.ts";
import { HEADERS } from "./document-components.ts";
import { addExamples } from "./document-examples.ts";
import { toOperationObject } from "./document-operation.ts";
import { SIGN_IN_PATHS } from "./document-sign-in.ts";
import { tidy } from "./document-tidy.ts";
import { withoutTwins } from "./document-twins.ts";
import { webhookObjects } from "./document-webhooks.ts";
import { OPERATIONS } from "./operations.ts";

const DESCRIPTION = `Internal service requests, from filing to closing, with a complete audit log.

Every list answers \`{ items, nextCursor }\`. Every error is an RFC 9457 problem with a stable \`code\`. With an \`Idempotency-Key\`, any mutation can be retried and is executed once. The \`ETag\` of a resource with a \`version\` begins with it and covers the whole answer; \`If-Match\` compares the version. \`OPTIONS\` names the methods of any path in \`Allow\`. An \`Accept\` that excludes the only type of an answer is a 406, and a body with a \`Content-Encoding\` a 415.`;

const TAGS = [
  { name: "Requests", description: "Service requests and their workflow." },
  { name: "Comments", description: "Comments on requests, public and internal." },
  { name: "Users", description: "People and service accounts." },
  { name: "API keys", description: "Authentication of callers." },
  { name: "Sessions", description: "People who are signed in, in a browser." },
  {
    name: "One-time codes",
    description: "Codes that are redeemed for a session or an API key.",
  },
  { name: "Categories", description: "Categories of requests." },
  { name: "Audit", description: "The complete, tamper-evident history." },
  { name: "Events", description: "The event feed for bots and integrations." },
  { name: "Webhooks", description: "Deliveries of events to URLs." },
];

let written: string | undefined;

/** The OpenAPI 3.1 document as JSON, built once from the procedures' schemas. */
export function openApiDocument(): string {
  written ??= `${JSON.stringify(complete(), null, 2)}\n`;
  return written;
}

function complete(): object {
  const document = withoutTwins(tidy(build()));
  addExamples(document);
  return document;
}

function build() {
  const paths: ZodOpenApiPathsObject = { ...SIGN_IN_PATHS };
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
        contact: { name: "The operator of this server" },
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
          bearer: {
            type: "http",
            scheme: "bearer",
            description:
              "The same key, for clients that send `Authorization`. `X-API-Key` takes precedence.",
          },
          session: {
            type: "apiKey",
            in: "cookie",
            name: "__Host-serviceflow",
            description:
              "The session of a person, which `POST /session` sets in a page of the server's own origin. It counts only in calls that the browser marks with `Sec-Fetch-Site: same-origin` or an equal `Origin`. Without TLS, its name is `serviceflow`.",
          },
          oneTimeCode: {
            type: "apiKey",
            in: "header",
            name: "X-One-Time-Code",
            description: "A one-time code, `sfc_...`, which the call uses up.",
          },
          bootstrapKey: {
            type: "apiKey",
            in: "header",
            name: "X-Bootstrap-Key",
            description: "Creates the first administrator, once.",
          },
        },
      },
    },
    {
      override: ({ jsonSchema, io }) => {
        // With a closed schema every new field would break generated clients.
        if (io === "output" && jsonSchema.additionalProperties === false) {
          delete jsonSchema.additionalProperties;
        }
      },
    },
  );
}
