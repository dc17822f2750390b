import { getTableName } from "drizzle-orm";
import { stateOfDefaultCategory } from "../categories/default-category.ts";
import type { Config } from "../config.ts";
import { open } from "../connect.ts";
import { citusNode, ON_WORKER } from "../db/citus.ts";
import { DataDirectoryInUse, holdsDatabase } from "../db/data-directory.ts";
import type { Database } from "../db/database.ts";
import { describeFailure } from "../db/failure.ts";
import { failureWords } from "../db/failure-class.ts";
import { missingMigrations, SchemaMismatch } from "../db/migrate.ts";
import { databaseUser, missingPrivileges } from "../db/privileges.ts";
import { auditLogs } from "../db/schema.ts";
import { columns, literal, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { awaitedEntry } from "../log/awaited-entry.ts";
import { sealStatus } from "../log/sealer.ts";
import { NEXT_XID } from "../log/transactions.ts";
import { createLogger } from "../logger.ts";
import { hasAdminKey } from "../people/working-keys.ts";
import type { Check } from "./check.ts";
import { checkAnchors, checkState } from "./doctor-log.ts";
import { checkReplica } from "./doctor-replica.ts";
import { checkTransactions } from "./doctor-transactions.ts";
import { checkSending, findStoppedWebhooks } from "./doctor-webhooks.ts";

const OLDEST_POSTGRES = 150_000;
const CLOCK_WARN_MS = 1_000;
const CLOCK_FAIL_MS = 10_000;
const SEAL_LAG_WARN_SECONDS = 60;
const KEYS_END_WARN_DAYS = 14;
const DAY_MS = 86_400_000;

/** Checks the database and its contents. */
export async function checkDatabase(config: Config): Promise<Check[]> {
  const name = "database";
  if (config.databaseUrl === null && !holdsDatabase(config.dataDir)) {
    const finding = `embedded, not created yet: ${config.dataDir}`;
    return [{ name, status: "ok", finding, advice: "The first start creates it." }];
  }
  let db: Database | null = null;
  try {
    db = await open(config, createLogger("silent", false));
    return await checkOpen(db, config);
  } catch (error) {
    if (error instanceof DataDirectoryInUse) {
      const finding = "embedded, and in use by a running server";
      return [{ name, status: "warn", finding, advice: "Stop the server to examine it." }];
    }
    const words = failureWords(error);
    if (words) return [{ name, status: "fail", finding: words.finding, advice: words.hint }];
    const { code, kind } = describeFailure(error);
    const advice = "Start it, or correct DATABASE_URL; check host, port, name, user and password.";
    return [{ name, status: "fail", finding: `unusable: ${code ?? kind}`, advice }];
  } finally {
    await db?.close();
  }
}

async function checkOpen(db: Database, config: Config): Promise<Check[]> {
  if ((await citusNode(db)) === "worker") {
    const { finding, hint } = ON_WORKER;
    return [{ name: "database", status: "fail", finding, advice: hint }];
  }
  const checks = [...(await checkServer(db)), ...(await checkLimits(db))];
  const schema = await checkSchema(db);
  checks.push(schema);
  if (schema.status !== "ok") return checks;
  checks.push(
    ...(await checkGuards(db)),
    await checkTransactions(db),
    await checkRole(db),
    await checkPrivileges(db),
    await checkSeal(db),
    await checkLog(db),
    await checkAnchors(db, config),
    await checkState(db),
    await checkAdministrators(db),
    await checkDefaultCategory(db, config),
    await checkWebhooks(db),
    ...(await checkSending(db, config)),
    ...(await checkReplica(db, config)),
  );
  return checks;
}

const SERVER = {
  version: value("text", sql`current_setting('server_version')`),
  number: value("int", sql`current_setting('server_version_num')`),
  encoding: value("text", sql`getdatabaseencoding()`),
  foldsCase: value("boolean", sql`lower('Ж') = 'ж'`),
  time: value("float8", sql`extract(epoch from clock_timestamp()) * 1000`),
};

const server = statement(null, sql`select ${columns(SERVER)}`);

async function checkServer(db: Database): Promise<Check[]> {
  const before = Date.now();
  const [row] = await db.query(server);
  if (!row) return [];
  const difference = Math.abs(row.time - (before + Date.now()) / 2);
  const clock = `the clocks differ by ${Math.round(difference)} ms`;
  const setClock =
    "Synchronize both machines by NTP: keys expire and entries are dated by their clocks.";
  return [
    row.number >= OLDEST_POSTGRES
      ? ok("database", `${db.engine}, PostgreSQL ${row.version}`)
      : bad("database", "fail", `PostgreSQL ${row.version}`, "Use PostgreSQL 15 or later."),
    row.encoding === "UTF8" && row.foldsCase
      ? ok("locale", `${row.encoding}, with case folding beyond ASCII`)
      : bad(
          "locale",
          row.encoding === "UTF8" ? "warn" : "fail",
          `${row.encoding}${row.foldsCase ? "" : ", without case folding beyond ASCII"}`,
          "Create the database again with encoding UTF8 and a UTF-8 locale.",
        ),
    difference <= CLOCK_WARN_MS
      ? ok("clock", clock)
      : bad("clock", difference > CLOCK_FAIL_MS ? "fail" : "warn", clock, setClock),
  ];
}

const LIMITS = {
  statements: value("boolean", sql`current_setting('statement_timeout') = '0'`),
  locks: value("boolean", sql`current_setting('lock_timeout') = '0'`),
  "idle transactions": value(
    "boolean",
    sql`current_setting('idle_in_transaction_session_timeout') = '0'`,
  ),
};
const unlimited = statement(null, sql`select ${columns(LIMITS)}`);

/** A pooler's sessions have the limits of the role alone. */
async function checkLimits(db: Database): Promise<Check[]> {
  if (db.engine === "embedded") return [];
  const [row] = await db.query(unlimited);
  const none = Object.entries(row ?? {}).filter(([, isUnlimited]) => isUnlimited);
  if (none.length === 0) return [ok("limits", "for statements, locks and idle transactions")];
  const finding = `none for ${none.map(([what]) => what).join(", ")}`;
  const advice =
    "Behind a pooler the role must have them: `alter role ... set statement_timeout = '15s'` (docs/operations/database.md, PgBouncer).";
  return [bad("limits", "warn", finding, advice)];
}

async function checkSchema(db: Database): Promise<Check> {
  try {
    const missing = await missingMigrations(db);
    if (missing.length === 0) return ok("schema", "up to date");
    const finding = `missing: ${missing.join(", ")}`;
    return bad("schema", "fail", finding, "Run `serviceflow migrate`, or start the server.");
  } catch (error) {
    if (!(error instanceof SchemaMismatch)) throw error;
    return bad(
      "schema",
      "fail",
      error.message,
      "Check DATABASE_URL and the version of this build.",
    );
  }
}

const GUARDS = [
  "audit_logs_append_only",
  "audit_logs_no_truncate",
  "audit_seals_append_only",
  "audit_seals_no_truncate",
  "audit_head_stays",
  "audit_head_no_truncate",
  "audit_head_moves_on",
];

const guards = statement(
  null,
  sql`
    select ${columns({ name: value("text", sql`tgname`) })} from pg_trigger
    where not tgisinternal and tgenabled = 'A'`,
);

async function checkGuards(db: Database): Promise<Check[]> {
  const rows = await db.query(guards);
  const on = new Set(rows.map(({ name }) => name));
  const off = GUARDS.filter((name) => !on.has(name));
  if (off.length === 0) return [ok("guards", "the log's triggers are enabled")];
  const finding = `disabled: ${off.join(", ")}`;
  const advice =
    "ALTER TABLE ... ENABLE ALWAYS TRIGGER ..., then `serviceflow audit verify`: the log may have been modified.";
  return [bad("guards", "fail", finding, advice)];
}

const role = statement(
  null,
  sql`
    select ${columns({
      superuser: value("boolean", sql`current_setting('is_superuser') = 'on'`),
      owner: value("boolean", sql`tableowner = current_user`),
    })}
    from pg_tables where schemaname = current_schema() and tablename = ${literal(getTableName(auditLogs))}`,
);

async function checkRole(db: Database): Promise<Check> {
  if (db.engine === "embedded") return ok("role", "the embedded database has but one");
  const [row] = await db.query(role);
  if (!row?.superuser && !row?.owner) return ok("role", "neither superuser nor owner of the log");
  const finding = `the server connects as ${row.superuser ? "a superuser" : "the owner of the log"}`;
  const advice =
    "It could switch the log's triggers off. Let it connect as another role (docs/operations/database.md, Least privilege).";
  return bad("role", "warn", finding, advice);
}

async function checkPrivileges(db: Database): Promise<Check> {
  const name = "privileges";
  const missing = await missingPrivileges(db);
  if (missing.length === 0) return ok(name, "the database's user may do what a server does");
  const advice = `Run the SQL that \`serviceflow grants --role ${await databaseUser(db)}\` prints, as the owner of the tables.`;
  return bad(name, "fail", `missing: ${missing.join(", ")}`, advice);
}

async function checkSeal(db: Database): Promise<Check> {
  const { sealed, unsealed, lagSeconds } = await sealStatus(db);
  const finding = `${sealed} entries sealed, ${unsealed} pending, the oldest for ${Math.round(lagSeconds)} s`;
  if (lagSeconds <= SEAL_LAG_WARN_SECONDS) return ok("seal", finding);
  const awaited = await awaitedEntry(db);
  if (awaited) {
    const { id, action, missing } = awaited;
    const at = `${finding}; it waits at ${id} (${action}): ${missing} cannot be seen`;
    const advice =
      "Its request or comment is late on another machine, or SQL removed it. A running server seals the entry without it after five minutes: see docs/operations/log-and-events.md, Events and webhooks.";
    return bad("seal", "warn", at, advice);
  }
  const advice =
    "A running server seals them within a second: start one. The check `transactions` names what may hold it back.";
  return bad("seal", "warn", finding, advice);
}

const ahead = statement(
  null,
  sql`
    select ${columns({ count: value("int", sql`count(*)`) })} from (
      select 1 from ${auditLogs}
      where ${auditLogs.xid} >= ${NEXT_XID} limit 1000
    ) as ahead`,
);

async function checkLog(db: Database): Promise<Check> {
  const [row] = await db.query(ahead);
  if (!row || row.count === 0) return ok("log", "its transactions belong to this cluster");
  const finding =
    "restored from another cluster: entries name transactions that this one has not reached";
  return bad("log", "fail", finding, "Run `serviceflow migrate` as the owner of the tables.");
}

async function checkAdministrators(db: Database): Promise<Check> {
  const name = "administrators";
  const advice =
    "Run `serviceflow keys issue --user ADDRESS --name NAME`, or `serviceflow admin create` for a new one.";
  if (!(await hasAdminKey(db, new Date()))) {
    const finding = "none has a working key with the scope admin";
    return bad(name, "warn", finding, advice);
  }
  if (!(await hasAdminKey(db, new Date(Date.now() + KEYS_END_WARN_DAYS * DAY_MS)))) {
    const finding = `the last key of one ends within ${KEYS_END_WARN_DAYS} days`;
    return bad(name, "warn", finding, advice);
  }
  return ok(name, "at least one has a working key");
}

async function checkDefaultCategory(db: Database, config: Config): Promise<Check> {
  const name = "category";
  const { defaultCategory: slug } = config;
  switch (await stateOfDefaultCategory(db, slug)) {
    case "active":
      return ok(name, `requests that name none fall into ${slug}`);
    case "retired":
      return bad(
        name,
        "warn",
        `the default category ${slug} is retired`,
        "Activate it, or set another DEFAULT_CATEGORY on every server: requests that name no category are refused.",
      );
    case "missing":
      return bad(
        name,
        "fail",
        `the default category ${slug} does not exist, so that no server starts`,
        "Set DEFAULT_CATEGORY to a category that exists.",
      );
  }
}

async function checkWebhooks(db: Database): Promise<Check> {
  const stopped = await findStoppedWebhooks(db);
  if (stopped.length === 0) return ok("webhooks", "none is disabled or without an owner");
  const advice =
    "An administrator takes over those without an owner (POST /webhooks/{id}/take-over) and activates them, or deletes them.";
  return bad("webhooks", "warn", `send nothing: ${stopped.join(", ")}`, advice);
}

function ok(name: string, finding: string): Check {
  return { name, status: "ok", finding, advice: null };
}

function bad(name: string, status: "warn" | "fail", finding: string, advice: string): Check {
  return { name, status, finding, advice };
}
