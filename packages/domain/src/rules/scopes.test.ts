import { describe, expect, it } from "vitest";
import { SCOPES, type Scope } from "./roles.ts";
import { effectiveScopes, hasScope, SCOPE_INCLUDES } from "./scopes.ts";

const [READ, WRITE, ADMIN] = ["requests:read", "requests:write", "admin"] as const;

/** Written by hand: what a key with these scopes may do. */
const EFFECTIVE: [granted: Scope[], effective: Scope[]][] = [
  [[], []],
  [[READ], [READ]],
  [[WRITE], [READ, WRITE]],
  [[ADMIN], [READ, ADMIN]],
  [
    [READ, WRITE],
    [READ, WRITE],
  ],
  [
    [READ, ADMIN],
    [READ, ADMIN],
  ],
  [
    [WRITE, ADMIN],
    [READ, WRITE, ADMIN],
  ],
  [
    [READ, WRITE, ADMIN],
    [READ, WRITE, ADMIN],
  ],
];

describe("a key's scopes", () => {
  it.each(EFFECTIVE)("%j include %j", (granted, effective) => {
    expect(effectiveScopes(granted)).toEqual(effective);
    expect(effectiveScopes(granted.toReversed())).toEqual(effective);
    for (const scope of SCOPES) expect(hasScope(granted, scope)).toBe(effective.includes(scope));
  });

  it("include what those that they include do", () => {
    for (const scope of SCOPES) {
      const included = SCOPE_INCLUDES[scope];
      expect(effectiveScopes(included)).toEqual(included);
      expect(included).not.toContain(scope);
    }
  });

  it("include nothing else when only a newer server knows one", () => {
    const newer = "assets:read" as Scope;
    expect(hasScope([newer], newer)).toBe(true);
    expect(effectiveScopes([newer])).toEqual([]);
  });
});
