/** What a session can be exchanged for. */
export const SESSION_SOURCES = ["API_KEY", "CODE"] as const;
export type SessionSource = (typeof SESSION_SOURCES)[number];
