import { getTableName, is, Table } from "drizzle-orm";
import type { Reads } from "./database.ts";
import { type OwnSchema, quoted } from "./own-schema.ts";
import * as schema from "./schema.ts";
import { columns, list, literal, sql, value } from "./sql.ts";
import { statement } from "./statement.ts";

type Tables = {
  [Name in keyof typeof schema]: (typeof schema)[Name] extends Table ? Name : never;
}[keyof typeof schema];

const READ = "SELECT";
const APPEND = "SELECT, INSERT";
const WRITE = "SELECT, INSERT, UPDATE";
const ALL = "SELECT, INSERT, UPDATE, DELETE";

/** What a server does with each table. `FOR UPDATE` and `FOR SHARE` need UPDATE. */
const PRIVILEGES = {
  roles: "SELECT, UPDATE",
  users: WRITE,
  userIdentities: ALL,
  apiKeys: ALL,
  oneTimeCodes: ALL,
  categories: WRITE,
  requests: WRITE,
  statusTransitions: READ,
  comments: WRITE,
  requestParticipants: ALL,
  followUps: WRITE,
  backfills: WRITE,
  requestWords: ALL,
  knownWords: WRITE,
  userWords: ALL,
  wordsDue: ALL,
  wordsBackfill: WRITE,
  requestDeltas: ALL,
  statsBuilds: ALL,
  requestCounts: ALL,
  requestFlows: ALL,
  auditLogs: APPEND,
  auditPrivateValues: WRITE,
  auditSeals: APPEND,
  auditHead: "SELECT, UPDATE",
  requestEvents: WRITE,
  requestEventsEnd: "SELECT, UPDATE",
  webhooks: ALL,
  webhookDeliveries: ALL,
  webhookAttempts: APPEND,
  idempotencyKeys: ALL,
} as const satisfies Record<Tables, string>;

const tables: Readonly<Record<string, unknown>> = { ...schema };
const granted = Object.entries(PRIVILEGES).map(([key, privileges]) => {
  const table: unknown = tables[key];
  if (!is(table, Table)) throw new TypeError(`${key} is not a table`);
  return { table: getTableName(table), privileges };
});

/**
 * SQL that gives a role what a server needs and takes away what it does not: for the owner of the tables. It can run again,
 * also while servers of that role run.
 */
export function grantsTo(role: string, { name, history }: OwnSchema): string[] {
  const to = quoted(role);
  const own = quoted(name);
  const whole = (table: string) => `${own}.${quoted(table)}`;
  const schemas = [...new Set([name, history.schema])].map(quoted).join(", ");
  const all = granted.map(({ table }) => whole(table)).join(", ");
  const byPrivileges = Map.groupBy(granted, ({ privileges }) => privileges);
  return [
    `grant usage on schema ${schemas} to ${to}`,
    `grant select on ${quoted(history.schema)}.${quoted(history.table)} to ${to}`,
    `revoke all on ${all} from ${to}`,
    ...[...byPrivileges].map(([privileges, of]) => {
      const names = of.map(({ table }) => whole(table)).join(", ");
      return `grant ${privileges.toLowerCase()} on ${names} to ${to}`;
    }),
    `grant usage on sequence ${whole(schema.REQUEST_NUMBER)} to ${to}`,
  ];
}

const needed = list(
  granted.flatMap(({ table, privileges }) =>
    privileges.split(", ").map((privilege) => sql`(${literal(table)}, ${literal(privilege)})`),
  ),
);

const lacking = statement(
  null,
  sql`
    select ${columns({ what: value("text", sql`privilege || ' on ' || relation`) })}
    from (values ${needed}) as needed (relation, privilege)
    where not coalesce(has_table_privilege(to_regclass(quote_ident(relation)), privilege), false)
    union all
    select ${columns({ what: value("text", sql`'USAGE on ' || relation`) })}
    from (values (${literal(schema.REQUEST_NUMBER)})) as sequences (relation)
    where not coalesce(has_sequence_privilege(to_regclass(quote_ident(relation)), 'USAGE'), false)`,
);

/** What the database's user may not do although a server has to: `DELETE on request_words`. */
export async function missingPrivileges(db: Reads): Promise<string[]> {
  return (await db.query(lacking)).map(({ what }) => what);
}

const user = statement(null, sql`select ${columns({ name: value("text", sql`current_user`) })}`);

export async function databaseUser(db: Reads): Promise<string> {
  const [row] = await db.query(user);
  return row?.name ?? "";
}
