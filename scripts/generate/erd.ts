import { is } from "drizzle-orm";
import { type AnyPgColumn, getTableConfig, PgTable } from "drizzle-orm/pg-core";
import * as schema from "../../packages/server/src/db/schema.ts";
import { mermaid, page } from "./markdown.ts";

export function erd(): string {
  const tables = Object.values(schema)
    .filter((value) => is(value, PgTable))
    .map(getTableConfig);
  const entities = tables.flatMap((table) => {
    const foreign = new Set(
      table.foreignKeys.flatMap((key) => key.reference().columns.map(nameOf)),
    );
    const primary = new Set(table.primaryKeys.flatMap((key) => key.columns.map(nameOf)));
    const attributes = table.columns.map((column) => {
      const keys = [
        ...(column.primary || primary.has(column.name) ? ["PK"] : []),
        ...(foreign.has(column.name) ? ["FK"] : []),
        ...(column.isUnique ? ["UK"] : []),
      ];
      const note = column.notNull ? "" : ' "nullable"';
      return `    ${typeOf(column)} ${column.name}${keys.length > 0 ? ` ${keys.join(", ")}` : ""}${note}`;
    });
    return [`  ${table.name} {`, ...attributes, "  }"];
  });
  const relations = tables.flatMap((table) =>
    table.foreignKeys.map((key) => {
      const { columns, foreignTable } = key.reference();
      const optional = columns.some((column) => !column.notNull);
      const target = getTableConfig(foreignTable).name;
      return `  ${table.name} }o--${optional ? "o|" : "||"} ${target} : ${columns.map(nameOf).join("-")}`;
    }),
  );
  return page(
    "The database",
    "The columns and the triggers that guard the tables are documented in `packages/server/src/db/schema.ts` and `migrations/`.",
    mermaid(["erDiagram", ...entities, ...relations]),
  );
}

function nameOf(column: { name: string }): string {
  return column.name;
}

/** The SQL type as one word, which is all that the diagram takes. */
function typeOf(column: AnyPgColumn): string {
  return column
    .getSQLType()
    .replace(/^timestamp( \(\d\))? with time zone$/, "timestamptz")
    .replaceAll(" ", "_");
}
