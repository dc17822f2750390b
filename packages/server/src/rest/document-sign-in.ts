import { ERRORS, type ErrorCode } from "@serviceflow/domain";
import { sessionOptions } from "@serviceflow/domain/contract";
import { z } from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { errorResponse, headerRefs } from "./document-components.ts";

const ANYBODY = { tags: ["Sessions"], security: [] };
const OF_EVERY_CALL: ErrorCode[] = ["internal_error", "unavailable"];

function errors(...codes: readonly ErrorCode[]) {
  const all = [...codes, ...OF_EVERY_CALL];
  return Object.fromEntries(
    all.map((code) => {
      const { status } = ERRORS[code];
      return [
        String(status),
        errorResponse(all.filter((other) => ERRORS[other].status === status)),
      ];
    }),
  );
}

/** A page that a browser is sent to; not for `fetch`, which cannot follow it. */
function redirect(to: string) {
  return {
    description: to,
    headers: {
      ...headerRefs("X-Request-Id"),
      Location: {
        description: "Where to go.",
        schema: { type: "string" as const, examples: ["https://id.example.com/authorize"] },
      },
    },
  };
}

const text = (description: string, example: string) =>
  z.string().optional().meta({ description, example });

/** What browsers and the identity provider call. No client of the API does, so there are no procedures for it. */
export const SIGN_IN_PATHS: ZodOpenApiPathsObject = {
  "/session/options": {
    get: {
      ...ANYBODY,
      operationId: "sessions.options",
      summary: "Get the ways to sign in besides one-time codes and API keys",
      description: "For a page that nobody is signed in at. May be kept for a minute.",
      responses: {
        200: {
          description: "The ways to sign in.",
          headers: headerRefs("X-Request-Id"),
          content: { "application/json": { schema: sessionOptions } },
        },
        ...errors(),
      },
    },
  },
  "/session/oidc": {
    get: {
      ...ANYBODY,
      operationId: "sessions.signIn",
      summary: "Sign in with the OpenID Connect provider: a browser navigates here",
      description:
        "Leads to the provider, which sends the browser back to `/session/oidc/callback`. Not found on a server without a provider.",
      requestParams: {
        query: z.object({
          return: text("Where to go then: a path of this server.", "/console/requests"),
        }),
      },
      responses: {
        303: redirect("To the provider, or to `/console/?signIn=` with the reason for a refusal."),
        ...errors("not_found", "validation_failed", "rate_limited"),
      },
    },
  },
  "/session/oidc/callback": {
    get: {
      ...ANYBODY,
      operationId: "sessions.signInCallback",
      summary: "End a sign-in: the provider sends the browser here",
      description:
        "Starts a session, whose cookie is set, and leads to the path that the sign-in began with. A browser that is refused is led to `/console/?signIn=` with the reason; another client gets the problem.",
      requestParams: {
        query: z.object({
          code: text("The provider's code, good once.", "SplxlOBeZQQYbYS6WxSbIA"),
          state: text("What ties it to the sign-in that began.", "af0ifjsldkj"),
          error: text("Why the provider refuses.", "access_denied"),
        }),
      },
      responses: {
        303: redirect("To the path that the sign-in began with, or to the reason for a refusal."),
        ...errors("not_found", "unauthenticated", "forbidden", "last_admin", "rate_limited"),
      },
    },
  },
  "/session/oidc/sign-out": {
    get: {
      ...ANYBODY,
      operationId: "sessions.signOutAtProvider",
      summary: "Sign out at the OpenID Connect provider: a browser navigates here",
      description:
        "After `DELETE /session`. Not found unless the server is set up so; see `signOutUrl` of `GET /session/options`.",
      responses: {
        303: redirect("To the provider's page to sign out, or to `/console/`."),
        ...errors("not_found", "rate_limited"),
      },
    },
  },
  "/session/oidc/backchannel-logout": {
    post: {
      ...ANYBODY,
      operationId: "sessions.backchannelLogout",
      summary: "End sessions that the OpenID Connect provider has ended: it calls this itself",
      description:
        "OpenID Connect Back-Channel Logout 1.0. Ends the sessions that the session `sid` of the provider started or, without it, all that the account `sub` started.",
      requestBody: {
        required: true,
        content: {
          "application/x-www-form-urlencoded": {
            schema: z
              .object({
                logout_token: z.string().meta({
                  description: "A JWT that the provider has signed.",
                  example: "eyJhbGciOiJSUzI1NiIsInR5cCI6ImxvZ291dCtqd3QifQ.e30.c2ln",
                }),
              })
              .meta({ id: "LogoutToken", description: "A logout token of the provider." }),
          },
        },
      },
      responses: {
        200: { description: "Ended.", headers: headerRefs("X-Request-Id") },
        ...errors(
          "malformed_request",
          "not_found",
          "request_timeout",
          "payload_too_large",
          "rate_limited",
        ),
      },
    },
  },
};
