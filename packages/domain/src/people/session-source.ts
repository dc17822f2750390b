/** What a session can be started with: a key, a one-time code, or a sign-in at an OpenID Connect provider. */
export const SESSION_SOURCES = ["API_KEY", "CODE", "OIDC"] as const;
export type SessionSource = (typeof SESSION_SOURCES)[number];
