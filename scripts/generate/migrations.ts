import { cp, mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { drizzleKit } from "./drizzle-kit.ts";
import { pendingTransitions } from "./status-transitions.ts";

/**
 * What is wrong with the migrations: that they contradict each other, or that the schema or the transitions have changed
 * since.
 */
export async function findMigrationFaults(root: string): Promise<string[]> {
  const transitions = (await pendingTransitions())
    ? ["migrations/ lacks the domain's transitions: run npm run generate."]
    : [];
  return [...transitions, ...(await findSchemaFaults(root))];
}

async function findSchemaFaults(root: string): Promise<string[]> {
  const server = join(root, "packages/server");
  await using copy = await mkdtempDisposable(join(tmpdir(), "serviceflow-migrations-"));
  try {
    const migrations = join(root, "migrations");
    await cp(migrations, copy.path, { recursive: true });
    // drizzle-kit resolves the folder relative to the working directory, even when it is absolute.
    const out = relative(server, copy.path);
    const schema = "./src/db/schema.ts";
    const checked = await drizzleKit(root, "check", "--dialect", "postgresql", "--out", out);
    if (!checked.stdout.includes("Everything's fine")) return [report(checked)];
    const generated = await drizzleKit(
      root,
      ...["generate", "--dialect", "postgresql", "--schema", schema, "--out", out],
    );
    // Its exit code is always 0, so the output decides.
    return generated.stdout.includes("No schema changes") ? [] : [report(generated)];
  } catch (error) {
    return [report(error as { stdout?: string; stderr?: string })];
  }
}

function report({ stdout = "", stderr = "" }: { stdout?: string; stderr?: string }): string {
  return `migrations/ does not follow from the schema (npm run migration writes what is missing):\n${stdout}${stderr}`;
}
