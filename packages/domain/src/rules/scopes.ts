import { SCOPES, type Scope } from "./roles.ts";

/**
 * What a scope includes besides itself. A mutation answers what it has changed, so writing includes reading. Webhooks,
 * events and exports of the log reach everything that an administrator may read, so `admin` includes reading; nothing that it
 * reaches writes a request.
 */
export const SCOPE_INCLUDES = {
  "requests:read": [],
  "requests:write": ["requests:read"],
  admin: ["requests:read"],
} as const satisfies Record<Scope, readonly Scope[]>;

/** Whether scopes include one. A scope that only a newer server knows includes nothing else. */
export function hasScope(granted: readonly Scope[], scope: Scope): boolean {
  const included: Readonly<Partial<Record<Scope, readonly Scope[]>>> = SCOPE_INCLUDES;
  return granted.some((each) => each === scope || included[each]?.includes(scope));
}

/** The granted scopes with all that they include. */
export function effectiveScopes(granted: readonly Scope[]): Scope[] {
  return SCOPES.filter((scope) => hasScope(granted, scope));
}
