import type { Reads } from "./database.ts";
import { NAMED_SCHEMA } from "./schema-lock.ts";
import { columns, literal, sql, value } from "./sql.ts";
import { statement } from "./statement.ts";

const PUBLIC = "public";
const HISTORY = "__drizzle_migrations";

/** Where the tables are, and the names of the migrations that made them. */
export interface OwnSchema {
  /** The first schema of the connection's search_path that exists. */
  name: string;
  history: { schema: string; table: string };
}

/** The public schema keeps its history apart, where the migrator has always kept it. */
export function schemaNamed(name: string): OwnSchema {
  return { name, history: { schema: name === PUBLIC ? "drizzle" : name, table: HISTORY } };
}

const current = statement(
  null,
  sql`select ${columns({ name: value("text?", sql`current_schema()`) })}`,
);

/** Null: the schema that the connection names does not exist. */
export async function ownSchema(db: Reads): Promise<OwnSchema | null> {
  const name = (await db.query(current))[0]?.name ?? null;
  return name === null ? null : schemaNamed(name);
}

const lead = statement(null, sql`select ${columns({ name: value("text?", NAMED_SCHEMA) })}`);

/** The schema in which a connection finds its tables, or would make it. */
export async function leadsTo(db: Reads): Promise<string | null> {
  return (await db.query(lead))[0]?.name ?? null;
}

/** Whether something is called so in a schema, and this role may know. */
export function existsIn(schema: string, table: string) {
  return sql`to_regclass(quote_ident(${literal(schema)}) || '.' || quote_ident(${literal(table)})) is not null`;
}

/** A name as SQL takes it, with any characters. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** SQL that makes the schema that the connection names, if it is missing. IF NOT EXISTS would need the right to create schemas. */
export const CREATE_OWN_SCHEMA = `
  do $$ begin
    if current_schema() is null then
      execute format('create schema %I', ${statement(null, NAMED_SCHEMA).text});
    end if;
  end $$`;

/** A schema by its name, if it is missing. */
export function createSchema(name: string): string {
  return `do $$ begin if to_regnamespace('${name}') is null then create schema ${name}; end if; end $$`;
}

/** The same URL for connections that find and make everything in a schema. */
export function inSchema(url: string, schema: string | null): string {
  if (schema === null) return url;
  const within = new URL(url);
  const given = within.searchParams.get("options");
  const option = `-c search_path=${schema}`;
  within.searchParams.set("options", given === null ? option : `${given} ${option}`);
  return within.href;
}
