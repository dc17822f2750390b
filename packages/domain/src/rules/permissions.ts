import { CONDITIONS, type ConditionName, type RequestFacts } from "./conditions.ts";
import { forbidden, refused } from "./refusal.ts";
import { REQUEST_RULES, type RequestAction } from "./request-rules.ts";
import type { Principal, Role } from "./roles.ts";

/** Permissions: action x role -> condition. The server enforces them; clients can query them. */
export const PERMISSIONS = {
  "request.create": { ADMIN: "always", AGENT: "always", EMPLOYEE: "selfAsRequester" },
  "request.view": { ADMIN: "always", AGENT: "always", EMPLOYEE: "participant" },
  .../* @__PURE__ */ onRequests(),
  "user.list": { ADMIN: "always", AGENT: "agentsOnly", EMPLOYEE: "never" },
  "user.updateOwn": { ADMIN: "always", AGENT: "always", EMPLOYEE: "always" },
  "user.manage": { ADMIN: "always", AGENT: "never", EMPLOYEE: "never" },
  "api_key.manageOwn": { ADMIN: "always", AGENT: "always", EMPLOYEE: "always" },
  "api_key.manageAny": { ADMIN: "always", AGENT: "never", EMPLOYEE: "never" },
  "category.list": { ADMIN: "always", AGENT: "always", EMPLOYEE: "always" },
  "category.manage": { ADMIN: "always", AGENT: "never", EMPLOYEE: "never" },
  "webhook.manage": { ADMIN: "always", AGENT: "never", EMPLOYEE: "never" },
  "audit.read": { ADMIN: "always", AGENT: "never", EMPLOYEE: "never" },
} as const satisfies Record<string, Record<Role, ConditionName>>;
export type Action = keyof typeof PERMISSIONS;

function onRequests() {
  const entries = Object.entries(REQUEST_RULES).map(([action, { who }]) => [
    `request.${action}`,
    who,
  ]);
  return Object.fromEntries(entries) as {
    [A in RequestAction as `request.${A}`]: (typeof REQUEST_RULES)[A]["who"];
  };
}

/** The condition under which a role may use an action; "never" for a role that only a newer server knows. */
export function conditionOf<A extends Action>(
  action: A,
  role: Role,
): (typeof PERMISSIONS)[A][Role] | "never" {
  const byRole: Readonly<Partial<Record<Role, ConditionName>>> = PERMISSIONS[action];
  return (byRole[role] ?? "never") as (typeof PERMISSIONS)[A][Role] | "never";
}

/** Whether a role may use an action without further condition. */
export function isAlwaysAllowed(action: Action, { role }: Pick<Principal, "role">): boolean {
  return conditionOf(action, role) === "always";
}

/**
 * For actions that concern no single request: the caller's condition.
 * @throws DomainError `forbidden` when the role never may
 */
export function requireRole(action: Action, caller: Pick<Principal, "role">): ConditionName {
  const condition: ConditionName = conditionOf(action, caller.role);
  if (condition !== "never") return condition;
  throw refused(forbidden(action, caller.role, condition));
}

/** Whether the caller may view the request. Others get `not_found`. */
export function canView(request: RequestFacts, caller: Principal): boolean {
  return CONDITIONS[conditionOf("request.view", caller.role)].holds(request, caller);
}

/** Whether the caller may see internal comments, and the audit entries about them. */
export function seesInternalComments(caller: Pick<Principal, "role">): boolean {
  return isAlwaysAllowed("request.commentInternally", caller);
}
