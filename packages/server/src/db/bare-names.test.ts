import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { getTableColumns, getTableName, is, Table } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import * as schema from "./schema.ts";

const SOURCE = fileURLToPath(new URL("..", import.meta.url));
const tables = Object.values<unknown>({ ...schema }).filter((item) => is(item, Table));
const tableNames = tables.map(getTableName);
const columnNames = tables.flatMap((table) =>
  Object.values(getTableColumns(table)).map((column) => column.name),
);
// A name of one word can also be a keyword or a field of a subquery: it counts only where SQL expects a column.
const long = columnNames.filter((name) => name.includes("_"));
const short = columnNames.filter((name) => !name.includes("_"));
const BARE = [
  new RegExp(`\\b(${[...tableNames, ...long].join("|")})\\b`),
  new RegExp(
    `\\b(from|join|into|update|using|select|where|and|or|not|on|by|set|returning)\\s+(${short.join("|")})\\b(?!\\s*\\()`,
    "i",
  ),
];

/** The text of each template of SQL in a source file, without what is interpolated. */
function statementsIn(source: string): string[] {
  const statements: string[] = [];
  // What encloses the current character: a template's text so far, or null for a brace.
  const open: ({ isSql: boolean; text: string } | null)[] = [];
  for (let at = 0; at < source.length; at += 1) {
    const template = open.at(-1);
    if (source[at] === "`") {
      if (!template) open.push({ isSql: source.slice(0, at).endsWith("sql"), text: "" });
      else if (open.pop() && template.isSql) statements.push(template.text);
    } else if (template && source.startsWith("${", at)) {
      open.push(null);
      at += 1;
    } else if (template) {
      template.text += source[at];
    } else if (source[at] === "{") {
      open.push(null);
    } else if (source[at] === "}") {
      open.pop();
    }
  }
  return statements;
}

function bareNamesIn(source: string): string[] {
  return statementsIn(source).flatMap((text) =>
    BARE.flatMap((pattern) => pattern.exec(text)?.[0] ?? []),
  );
}

describe("SQL names tables and columns by the schema", () => {
  // The migrator reads a table of its own, which the schema does not hold.
  const exempt = ["db/schema.ts", "db/migrate.ts"];
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !exempt.includes(file),
  );

  it.each(files)("%s", (file) => {
    expect(bareNamesIn(readFileSync(`${SOURCE}/${file}`, "utf8"))).toEqual([]);
  });

  it("finds a table, a column, and either in a statement within another", () => {
    expect(bareNamesIn("sql`select 1 from users`")).toEqual(["users"]);
    expect(bareNamesIn("sql`order by position`")).toEqual(["by position"]);
    expect(bareNamesIn(`sql\`select \${users.id} where full_name = ''\``)).toEqual(["full_name"]);
    expect(bareNamesIn(`sql\`a \${f({ b: sql\`from comments\` })} c\``)).toEqual(["comments"]);
    expect(bareNamesIn(`sql\`select \${f({ id: users.id })} from \${users}\``)).toEqual([]);
  });
});
