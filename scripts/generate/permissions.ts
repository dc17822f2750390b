import {
  type Action,
  CONDITIONS,
  type ConditionName,
  effectiveScopes,
  PERMISSIONS,
  ROLES,
  SCOPES,
} from "@serviceflow/domain";
import { OPERATIONS } from "@serviceflow/server";
import { page, table } from "./markdown.ts";

export function permissions(): string {
  const rows = (Object.keys(PERMISSIONS) as Action[]).map((action) => [
    `\`${action}\``,
    ...ROLES.map((role) => inWords(PERMISSIONS[action][role])),
  ]);
  return page(
    "Who may do what",
    "A role that may not act gets `forbidden`, with the rule that refused it. The status and the assignee of a request can rule out an action too, each with an error code of its own. Every request in a response lists the actions that the caller may take now in `allowedActions`.",
    [table(["action", ...ROLES], rows), scopes()].join("\n\n"),
  );
}

function scopes(): string {
  const rows = SCOPES.map((scope) => [
    `\`${scope}\``,
    effectiveScopes([scope])
      .map((each) => `\`${each}\``)
      .join(", "),
    OPERATIONS.filter((operation) => operation.scope === scope)
      .map(({ name }) => `\`${name}\``)
      .sort()
      .join(", "),
  ]);
  return [
    "## Scopes",
    "",
    "A scope limits what an API key or session may be used for, within what the role of its user permits. One that lacks the scope of a call gets `insufficient_scope`. `GET /users/me` shows the effective scopes of the calling key. What asks who calls, `sessions.start`, `sessions.endCurrent` and `categories.list` need no scope.",
    "",
    table(["a key with", "has the scopes", "for which these calls ask"], rows),
  ].join("\n");
}

function inWords(condition: ConditionName): string {
  if (condition === "always") return "yes";
  return condition === "never" ? "no" : CONDITIONS[condition].words;
}
