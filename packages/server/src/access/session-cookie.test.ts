import { describe, expect, it } from "vitest";
import { formatApiKey, formatSessionSecret } from "./api-key-format.ts";
import { noSessionCookie, sessionCookie, sessionSecretIn } from "./session-cookie.ts";

const SECRET = formatSessionSecret(new Uint8Array(32).fill(7));
const OTHER = formatSessionSecret(new Uint8Array(32).fill(8));
const TLS = { secure: true };
const PLAIN = { secure: false };

describe("the session in a Cookie header", () => {
  it.each<[string, string | null]>([
    [`__Host-serviceflow=${SECRET}`, SECRET],
    [`theme=dark; __Host-serviceflow=${SECRET}; lang=de`, SECRET],
    [`theme=dark;__Host-serviceflow=${SECRET}`, SECRET],
    [`serviceflow=${OTHER}; __Host-serviceflow=${SECRET}`, SECRET],
    [`serviceflow=${SECRET}`, null],
    [`__Host-serviceflow=${SECRET}; __Host-serviceflow=${SECRET}`, null],
    [`__Host-serviceflow=${SECRET}; __Host-serviceflow=`, null],
    [`__Host-serviceflow=${OTHER}, __Host-serviceflow=${SECRET}`, null],
    [`__Host-serviceflow="${SECRET}"`, null],
    [`__Host-serviceflow= ${SECRET}`, null],
    [`__Host-serviceflow =${SECRET}`, null],
    [`__host-serviceflow=${SECRET}`, null],
    [`__Host-serviceflow=${SECRET}x`, null],
    [`theme=dark;\t __Host-serviceflow=${SECRET}\t `, SECRET],
    [`\u00a0__Host-serviceflow=${SECRET}`, null],
    [`theme=dark; \u00a0__Host-serviceflow=${SECRET}`, null],
    [`\u0085__Host-serviceflow=${SECRET}`, null],
    [`__Host-serviceflow=${SECRET}\u00a0`, null],
    [`__Host-serviceflow=${SECRET.slice(0, -1)}`, null],
    [`__Host-serviceflow=${SECRET}%20`, null],
    [`__Host-serviceflow=${formatApiKey(new Uint8Array(32))}`, null],
    [`x=__Host-serviceflow=${SECRET}`, null],
    [`a=${"x".repeat(8200)}; __Host-serviceflow=${SECRET}`, null],
    ["__Host-serviceflow=", null],
    ["__Host-serviceflow", null],
    ["", null],
  ])("%s", (header, secret) => {
    expect(sessionSecretIn(header, TLS)).toBe(secret);
  });

  it("has another name without TLS, and neither counts for the other", () => {
    expect(sessionSecretIn(`serviceflow=${SECRET}`, PLAIN)).toBe(SECRET);
    expect(sessionSecretIn(`__Host-serviceflow=${SECRET}`, PLAIN)).toBeNull();
    expect(sessionSecretIn(null, PLAIN)).toBeNull();
  });
});

it("is set for the host alone, out of reach of scripts, and until it expires", () => {
  const now = new Date("2026-03-02T08:00:00Z");
  const set = sessionCookie(SECRET, "2026-03-02T09:00:00.000Z", TLS, now);
  expect(set).toBe(
    `__Host-serviceflow=${SECRET}; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure`,
  );
  expect(noSessionCookie(TLS)).toBe(
    "__Host-serviceflow=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure",
  );
  expect(noSessionCookie(PLAIN)).toBe("serviceflow=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
});
