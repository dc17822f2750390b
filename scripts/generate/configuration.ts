import { z } from "zod";
import { variables } from "../../packages/server/src/config.ts";
import { page, table } from "./markdown.ts";

export function configuration(): string {
  const rows = Object.entries(variables.shape).map(([name, schema]) => [
    `\`${name}\``,
    defaultOf(schema),
    schema.description ?? "",
  ]);
  return page(
    "Configuration",
    "The server reads these environment variables at its start, and names every fault at once. An empty one counts as not set.",
    table(["variable", "default", "meaning"], rows),
  );
}

function defaultOf(schema: z.ZodType): string {
  if (!(schema instanceof z.ZodDefault)) return "";
  const value = String(schema.def.defaultValue);
  return value === "" ? "" : `\`${value}\``;
}
