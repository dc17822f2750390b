import type { ApiKey } from "@serviceflow/sdk";

/** How a key is: it works, it works until a moment that is near, or it has ended. */
export type KeyState =
  | { kind: "active" }
  | { kind: "expiring"; at: string }
  | { kind: "rotating"; at: string }
  | { kind: "expired"; at: string }
  | { kind: "revoked"; at: string };

const SOON_MS = 7 * 86_400_000;

/** @param now milliseconds since 1970 */
export function keyState(key: Pick<ApiKey, "expiresAt" | "revokedAt">, now: number): KeyState {
  const { expiresAt, revokedAt } = key;
  const expires = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
  const ends = revokedAt === null ? Number.POSITIVE_INFINITY : Date.parse(revokedAt);
  if (revokedAt !== null && ends <= now && ends <= expires)
    return { kind: "revoked", at: revokedAt };
  if (expiresAt !== null && expires <= now) return { kind: "expired", at: expiresAt };
  if (revokedAt !== null && ends < expires) return { kind: "rotating", at: revokedAt };
  if (expiresAt !== null && expires - now < SOON_MS) return { kind: "expiring", at: expiresAt };
  return { kind: "active" };
}

/** Whether a key still works. */
export function works(key: Pick<ApiKey, "expiresAt" | "revokedAt">, now: number): boolean {
  return !["expired", "revoked"].includes(keyState(key, now).kind);
}
