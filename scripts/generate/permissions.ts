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
    "A refusal is `forbidden` and names the rule that refused. What a request's status does not allow is refused besides; every answered request lists what this caller may do with it now in `allowedActions`.",
    table(["action", ...ROLES], rows),
  );
}

function inWords(condition: ConditionName): string {
  if (condition === "always") return "yes";
  return condition === "never" ? "no" : CONDITIONS[condition].words;
}
