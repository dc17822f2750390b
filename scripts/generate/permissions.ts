import {
  type Action,
  CONDITIONS,
  type ConditionName,
  PERMISSIONS,
  ROLES,
} from "@serviceflow/domain";
import { page, table } from "./markdown.ts";

export function permissions(): string {
  const rows = (Object.keys(PERMISSIONS) as Action[]).map((action) => [
    `\`${action}\``,
    ...ROLES.map((role) => inWords(PERMISSIONS[action][role])),
  ]);
  return page(
    "Who may do what",
    "A role that may not act gets `forbidden`, with the rule that refused it. The status and the assignee of a request can rule out an action too, each with an error code of its own. Every request in a response lists the actions that the caller may take now in `allowedActions`.",
    table(["action", ...ROLES], rows),
  );
}

function inWords(condition: ConditionName): string {
  if (condition === "always") return "yes";
  return condition === "never" ? "no" : CONDITIONS[condition].words;
}
