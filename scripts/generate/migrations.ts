import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What is wrong with the migrations: that they contradict each other, or that the schema has changed since. */
export async function findMigrationFaults(root: string): Promise<string[]> {
  const server = join(root, "packages/server");
  const copy = await mkdtemp(join(tmpdir(), "serviceflow-migrations-"));
  const drizzleKit = (...args: string[]) =>
    run(join(root, "node_modules/.bin/drizzle-kit"), args, {
      cwd: server,
      env: { ...process.env, NODE_OPTIONS: "--conditions=@serviceflow/source" },
    });
  try {
    const migrations = join(root, "migrations");
    await cp(migrations, copy, { recursive: true });
    // It reads and writes its folder below the working directory, whatever the path looks like.
    const out = relative(server, copy);
    const schema = "./src/db/schema.ts";
    const checked = await drizzleKit("check", "--dialect", "postgresql", "--out", out);
    if (!checked.stdout.includes("Everything's fine")) return [told(checked)];
    const generated = await drizzleKit(
      ...["generate", "--dialect", "postgresql", "--schema", schema, "--out", out],
    );
    // It ends with success whatever happens, so only its words count.
    return generated.stdout.includes("No schema changes") ? [] : [told(generated)];
  } catch (error) {
    return [told(error as { stdout?: string; stderr?: string })];
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

function told({ stdout = "", stderr = "" }: { stdout?: string; stderr?: string }): string {
  return `migrations/ does not follow from the schema (npm run migration writes what is missing):\n${stdout}${stderr}`;
}
