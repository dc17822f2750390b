import { z } from "zod";
import { variables } from "../../packages/server/src/config.ts";
import { SECRETS } from "../../packages/server/src/secret-files.ts";
import { page, table } from "./markdown.ts";

export function configuration(): string {
  const rows = Object.entries(variables.shape).map(([name, schema]) => [
    `\`${name}\``,
    defaultOf(schema),
    schema.description ?? "",
  ]);
  const secrets = SECRETS.map((name) => `\`${name}_FILE\``).join(", ");
  return page(
    "Configuration",
    "The server reads these environment variables at its start, and names every fault at once. An empty one counts as not set.",
    `A secret can be in a file instead, with one line: ${secrets} name it. The server reads the file once, at its start.`,
    table(["variable", "default", "meaning"], rows),
  );
}

function defaultOf(schema: z.ZodType): string {
  if (!(schema instanceof z.ZodDefault)) return "";
  const value = String(schema.def.defaultValue);
  return value === "" ? "" : `\`${value}\``;
}
