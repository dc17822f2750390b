import { SCOPES } from "@serviceflow/domain";
import { Command, CommanderError, Option } from "commander";
import { VERSION } from "../version.ts";
import { createAdmin, type IssueOptions, issueKey, revokeKey } from "./accounts.ts";
import { type ExportOptions, exportTo, toAnchor, type VerifyOptions, verify } from "./audit.ts";
import { migrate, seed } from "./database.ts";
import { doctor } from "./doctor.ts";
import { failureText } from "./failure.ts";
import { EXIT, Output } from "./output.ts";
import { serve } from "./serve.ts";

const EXIT_CODES = `
Exit codes:
  0  done
  1  it could not be done, and standard error says why
  2  wrong usage
  3  the audit log does not fit, or the doctor found a failure

Commands read the same environment as the server, and work on its database: DATABASE_URL, or DATA_DIR.`;

/**
 * Runs the command line.
 * @param args without the program's own name; none: serve
 * @returns the exit code
 */
export async function run(args: readonly string[]): Promise<number> {
  const program = createProgram();
  try {
    await program.parseAsync(args.length === 0 ? ["serve"] : [...args], { from: "user" });
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const text = failureText(error);
    if (program.opts().json) process.stdout.write(`${JSON.stringify({ error: text })}\n`);
    process.stderr.write(`${text}\n`);
    return EXIT.failed;
  }
}

function createProgram(): Command {
  const program = new Command("serviceflow")
    .description("ServiceFlow's server, and what its operator does at the machine.")
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError("See serviceflow --help.")
    .addHelpText("after", EXIT_CODES);
  const output = () => new Output(program.opts().json === true);
  program.option("--json", "answer with one JSON object on standard output");

  command(program, "serve", "connect, migrate and serve (the default)").action(() =>
    serve(output()),
  );
  command(program, "migrate", "bring the database to this build's schema").action(() =>
    migrate(output()),
  );
  command(program, "seed", "fill an unused database with a demo, and show its keys").action(() =>
    seed(output()),
  );
  command(program, "doctor", "look for what is wrong, and say what to do; changes nothing").action(
    () => doctor(output()),
  );

  const admin = command(program, "admin", "administrators");
  command(admin, "create", "make an administrator, and show their key this once")
    .requiredOption("--name <name>", "their name")
    .requiredOption("--email <address>", "their e-mail address")
    .addHelpText("after", example("admin create --name 'Ada Admin' --email ada@example.com"))
    .action((options: { name: string; email: string }) => createAdmin(output(), options));

  const keys = command(program, "keys", "API keys");
  command(keys, "issue", "issue a key for a user, and show it this once")
    .requiredOption("--user <id or address>", "whose it is")
    .requiredOption("--name <name>", "what it is for")
    .addOption(
      new Option("--scope <scope...>", "what it may be used for (default: everything)").choices(
        SCOPES,
      ),
    )
    .option("--expires <moment>", "until when it works: 90d, or ISO 8601")
    .addHelpText(
      "after",
      example(
        "keys issue --user bot@example.com --name 'Chat bot' --scope requests:write --expires 90d",
      ),
    )
    .action((options: IssueOptions) => issueKey(output(), options));
  command(keys, "revoke", "end a key at once, on every replica")
    .argument("<id>", "of the key: key_...")
    .addHelpText("after", example("keys revoke key_01kjg3v9tefya8h8m6q1v0c3zd"))
    .action((id: string) => revokeKey(output(), id));

  const audit = command(program, "audit", "the audit log");
  command(audit, "verify", "verify the log against its hash chain")
    .option("--anchor <position:hash>", "an earlier head: the chain must still have it", toAnchor)
    .option("--file <path>", "verify an export instead, without a database; - is standard input")
    .addHelpText("after", example("audit verify --file audit.jsonl"))
    .action((options: VerifyOptions) => verify(output(), options));
  command(audit, "export", "write the sealed log as JSON Lines")
    .option("--redacted", "leave out names, addresses and free text")
    .option("--output <path>", "a file instead of standard output")
    .addHelpText("after", example("audit export --output audit.jsonl"))
    .action((options: ExportOptions) => exportTo(output(), options));
  return program;
}

function command(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description).copyInheritedSettings(parent);
}

function example(line: string): string {
  return `\nExample:\n  serviceflow ${line}`;
}
