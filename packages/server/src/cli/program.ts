import { ROLES, SCOPES } from "@serviceflow/domain";
import { Command, CommanderError, Option } from "commander";
import { VERSION } from "../version.ts";
import type { InviteOptions, IssueOptions } from "./accounts.ts";
import type { ExportOptions } from "./audit-export.ts";
import type { VerifyOptions } from "./audit-verify.ts";
import type { ListKeysOptions, ListUsersOptions } from "./lists.ts";
import { EXIT, Output } from "./output.ts";
import type { ServeOptions } from "./serve.ts";
import { toAnchor } from "./to-anchor.ts";
import { toExpiry } from "./to-expiry.ts";
import { toWorkers } from "./to-workers.ts";

/** A command loads its code when it runs: the whole server takes a second. */
const accounts = () => import("./accounts.ts");
const lists = () => import("./lists.ts");
const database = () => import("./database.ts");
const auditVerify = () => import("./audit-verify.ts");
const auditExport = () => import("./audit-export.ts");

const EXIT_CODES = `
Exit codes:
  0  success
  1  failure; the reason is on standard error
  2  wrong usage
  3  the audit log is invalid, the tables differ from it, or the doctor found a failure

Commands use the same environment variables and database as the server: DATABASE_URL or DATA_DIR.`;

/**
 * Runs the command line.
 * @param args without the program name; none: serve
 * @returns the exit code
 */
export async function run(args: readonly string[]): Promise<number> {
  const program = createProgram();
  try {
    await program.parseAsync(args.length === 0 ? ["serve"] : [...args], { from: "user" });
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { failureText } = await import("./failure.ts");
    const text = failureText(error);
    if (program.opts().json) process.stdout.write(`${JSON.stringify({ error: text })}\n`);
    process.stderr.write(`${text}\n`);
    return EXIT.failed;
  }
}

function createProgram(): Command {
  const program = new Command("serviceflow")
    .description("The ServiceFlow server and its administration commands.")
    .version(VERSION)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("See serviceflow --help.")
    .addHelpText("after", EXIT_CODES);
  const output = () => new Output(program.opts().json === true);
  program.option("--json", "print one JSON object on standard output");

  command(program, "serve", "connect, migrate and serve (the default)")
    .option(
      "--workers <count>",
      "processes that share the port (default: WEB_CONCURRENCY, or 1)",
      toWorkers,
    )
    .action(async (options: ServeOptions) => (await import("./serve.ts")).serve(output(), options));
  command(program, "migrate", "migrate the database to this build's schema").action(async () =>
    (await database()).migrate(output()),
  );
  command(program, "grants", "print the SQL that lets a role serve, and nothing else")
    .requiredOption("--role <name>", "the role of DATABASE_URL, which owns no table")
    .option("--schema <name>", "the schema of the tables, DATABASE_SCHEMA", "public")
    .addHelpText("after", example("grants --role serviceflow | psql $DATABASE_MIGRATION_URL"))
    .action(async (options: { role: string; schema: string }) =>
      (await database()).grants(output(), options),
    );
  command(program, "seed", "fill an empty database with demo data, and show its keys").action(
    async () => (await database()).seed(output()),
  );
  command(program, "doctor", "check the installation and suggest fixes; changes nothing").action(
    async () => (await import("./doctor.ts")).doctor(output()),
  );

  const admin = command(program, "admin", "administrators");
  command(admin, "create", "create an administrator, and show the API key once")
    .requiredOption("--name <name>", "their name")
    .requiredOption("--email <address>", "their email address")
    .addHelpText("after", example("admin create --name 'Ada Admin' --email ada@example.com"))
    .action(async (options: { name: string; email: string }) =>
      (await accounts()).createAdmin(output(), options),
    );

  const users = command(program, "users", "users");
  command(users, "list", "list users, newest first")
    .addOption(new Option("--role <role>", "those with this role").choices(ROLES))
    .option("--email <address>", "the one with this email address")
    .option("--all", "also those that are deactivated")
    .addHelpText("after", example("users list --role ADMIN"))
    .action(async (options: ListUsersOptions) => (await lists()).users(output(), options));

  command(users, "invite", "invite a user by a one-time code, and show it once")
    .argument("<address>", "their email address")
    .option("--name <name>", "creates them, if nobody has the address")
    .addOption(new Option("--role <role>", "of a new user (default: EMPLOYEE)").choices(ROLES))
    .option("--url <url>", "shows a link to this page, with the code as its fragment")
    .addHelpText(
      "after",
      example("users invite ada@example.com --name 'Ada Admin' --url https://sf.example.com/"),
    )
    .action(async (address: string, options: InviteOptions) =>
      (await accounts()).inviteUser(output(), address, options),
    );

  const keys = command(program, "keys", "API keys");
  command(keys, "issue", "issue an API key for a user, and show it once")
    .requiredOption("--user <id or address>", "its owner")
    .requiredOption("--name <name>", "a name for the key")
    .addOption(new Option("--scope <scope...>", "its scopes (default: all)").choices(SCOPES))
    .option("--expires <moment>", "expiry: 90d, or ISO 8601 with a zone", toExpiry)
    .addHelpText(
      "after",
      example(
        "keys issue --user bot@example.com --name 'Chat bot' --scope requests:write --expires 90d",
      ),
    )
    .action(async (options: IssueOptions) => (await accounts()).issueKey(output(), options));
  command(keys, "revoke", "revoke an API key at once, on every replica")
    .argument("<id>", "id of the key: key_..., the key itself, or - for standard input")
    .addHelpText(
      "after",
      `${example("keys revoke key_01kjg3v9tefya8h8m6q1v0c3zd")}
  serviceflow keys revoke - < leaked-key.txt

A key on the command line can be read in the list of processes and the history of the shell.`,
    )
    .action(async (id: string) => (await accounts()).revokeKey(output(), id));
  command(keys, "list", "list the API keys of a user, without the keys themselves")
    .requiredOption("--user <id or address>", "their owner")
    .option("--all", "also those that have been revoked or have expired")
    .addHelpText("after", example("keys list --user ada@example.com --all"))
    .action(async (options: ListKeysOptions) => (await lists()).keys(output(), options));
  command(keys, "revoke-all", "revoke every API key of a user at once, on every replica")
    .requiredOption("--user <id or address>", "their owner")
    .addHelpText("after", example("keys revoke-all --user ada@example.com"))
    .action(async (options: { user: string }) =>
      (await accounts()).revokeAllKeys(output(), options),
    );

  const audit = command(program, "audit", "the audit log");
  command(audit, "verify", "verify the log against its hash chain")
    .option(
      "--anchor <position:hash>",
      "an earlier head that the chain must still contain",
      toAnchor,
    )
    .option(
      "--anchors <path>",
      "a file of anchors (AUDIT_ANCHOR_FILE), all of which it must contain",
    )
    .option(
      "--state",
      "compare requests, comments, people, keys, categories and webhooks with the log as well",
    )
    .option("--redacted", "leave names, addresses and free text out of the differences")
    .option("--file <path>", "verify an export instead of the database; - reads standard input")
    .addHelpText("after", example("audit verify --state --anchors /mnt/anchors/serviceflow.jsonl"))
    .action(async (options: VerifyOptions) => (await auditVerify()).verify(output(), options));
  command(audit, "export", "write the sealed log as JSON Lines")
    .option("--redacted", "leave out names, addresses and free text")
    .option("--output <path>", "a file instead of standard output")
    .addHelpText("after", example("audit export --output audit.jsonl"))
    .action(async (options: ExportOptions) => (await auditExport()).exportTo(output(), options));

  const webhooks = command(program, "webhooks", "webhooks");
  command(webhooks, "resume", "send webhooks from this database, a copy of another one")
    .addHelpText(
      "after",
      `${example("webhooks resume")}

Both would send the same messages: only when the other database is not used any more.`,
    )
    .action(async () => (await import("./webhooks.ts")).resume(output()));

  const stats = command(program, "stats", "statistics");
  command(stats, "rebuild", "count all requests again for the statistics, while servers go on")
    .addHelpText("after", example("stats rebuild"))
    .action(async () => (await import("./stats.ts")).rebuild(output()));
  return program;
}

function command(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description).copyInheritedSettings(parent);
}

function example(line: string): string {
  return `\nExample:\n  serviceflow ${line}`;
}
