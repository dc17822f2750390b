import { z } from "zod";
import { SESSION_SOURCES } from "../people/session-source.ts";
import { callingKey } from "./api-key.ts";
import { idOf, page, paging, pathId, timestamp, userPathId, userRef } from "./fields.ts";

const sessionShape = {
  id: idOf("apiKey", "Id of the session, by which the audit log names it."),
  device: z.string().meta({
    description: "The browser and its system, as its User-Agent names them.",
    example: "Firefox on Linux",
  }),
  startedWith: z.enum(SESSION_SOURCES).meta({
    id: "SessionSource",
    description: "What the session was exchanged for.",
    example: "CODE",
  }),
  scopes: callingKey.shape.scopes,
  effectiveScopes: callingKey.shape.effectiveScopes,
  current: z
    .boolean()
    .meta({ description: "Whether the call was made by this session.", example: true }),
  createdAt: timestamp("When it was started."),
  lastUsedAt: timestamp("Last use, to the minute; null: none since its start.").nullable(),
  idleEndsAt: timestamp("When it ends unless it is used before; each use moves it."),
  expiresAt: timestamp("When it ends in any case."),
};

export const session = z
  .object(sessionShape)
  .meta({ id: "Session", description: "A session of a person in a browser." });

export const currentSession = z
  .object({ ...sessionShape, user: userRef.meta({ description: "Who is signed in." }) })
  .meta({ id: "CurrentSession", description: "The session of the call, and its user." });

const oidcOptions = z
  .object({
    label: z
      .string()
      .meta({ description: "What people call the provider.", example: "Example account" }),
    url: z.string().meta({
      description: "Path for a browser to navigate to, which signs in.",
      example: "/api/v1/session/oidc",
    }),
    signOutUrl: z.string().nullable().meta({
      description:
        "Path for a browser to navigate to when its session has ended, which signs out at the provider too; null: none.",
      example: "/api/v1/session/oidc/sign-out",
    }),
  })
  .meta({ id: "OidcOptions", description: "Sign-in with an OpenID Connect provider." });

export const sessionOptions = z
  .object({
    oidc: oidcOptions
      .nullable()
      .meta({ description: "Sign-in with an OpenID Connect provider; null: there is none." }),
  })
  .meta({
    id: "SessionOptions",
    description: "The ways to sign in besides one-time codes and API keys.",
  });

export const sessionPage = page("SessionPage", session);

export const sessionById = z.strictObject({
  id: pathId("Id of the session.", "key_01kjg3v9tefya8h8m6q1v0c3zd"),
});
export const listSessionsInput = z.strictObject(paging);
export const listSessionsOfInput = listSessionsInput.extend({ id: userPathId });

export const endedSession = z
  .object({
    id: sessionShape.id,
    endedAt: timestamp("When it ended."),
  })
  .meta({ id: "EndedSession", description: "A session that has ended." });
