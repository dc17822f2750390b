import { describe, expect, it } from "vitest";
import { keyState, works } from "./key-state.ts";

const NOW = Date.parse("2026-03-10T12:00:00Z");
const PAST = "2026-03-10T11:00:00Z";
const LONG_PAST = "2026-03-01T00:00:00Z";
const SOON = "2026-03-12T12:00:00Z";
const FAR = "2026-09-10T12:00:00Z";

describe("a key", () => {
  it.each<[string | null, string | null, string, boolean]>([
    [null, null, "active", true],
    [FAR, null, "active", true],
    [SOON, null, "expiring", true],
    [PAST, null, "expired", false],
    [null, PAST, "revoked", false],
    [FAR, SOON, "rotating", true],
    [null, SOON, "rotating", true],
    [SOON, FAR, "expiring", true],
    [LONG_PAST, PAST, "expired", false],
    [PAST, LONG_PAST, "revoked", false],
    [PAST, FAR, "expired", false],
  ])("that expires at %s and is revoked at %s is %s", (expiresAt, revokedAt, kind, working) => {
    expect(keyState({ expiresAt, revokedAt }, NOW).kind).toBe(kind);
    expect(works({ expiresAt, revokedAt }, NOW)).toBe(working);
  });
});
