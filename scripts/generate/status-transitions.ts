import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { STATUSES, TRANSITIONS } from "@serviceflow/domain";
import { migrate, openEmbedded } from "@serviceflow/server";
import { statusTransitions } from "../../packages/server/src/db/schema.ts";
import { drizzleKit } from "./drizzle-kit.ts";

/**
 * The SQL that brings the table `status_transitions`, as the migrations leave it, to the domain's transitions; null when
 * it has them already. The database refuses a change of status that is not in it.
 */
export async function pendingTransitions(): Promise<string | null> {
  const legal = STATUSES.flatMap((from) => TRANSITIONS[from].map((to) => pair(from, to)));
  const migrated = await migratedTransitions();
  return migrationSql({
    added: legal.filter((one) => !migrated.includes(one)),
    removed: migrated.filter((one) => !legal.includes(one)),
  });
}

/** Writes them as a migration, with its entry in drizzle's journal and its snapshot. */
export async function writeTransitions(root: string, migration: string): Promise<string> {
  const folder = join(root, "migrations");
  const before = await readdir(folder);
  await drizzleKit(root, "generate", "--custom", "--name", "status_transitions");
  const file = (await readdir(folder)).find((name) => !before.includes(name));
  if (!file) throw new Error("drizzle-kit wrote no migration.");
  await writeFile(join(folder, file), migration);
  return `migrations/${file}`;
}

function pair(from: string, to: string): string {
  return `('${from}', '${to}')`;
}

async function migratedTransitions(): Promise<string[]> {
  const db = await openEmbedded(null);
  try {
    await migrate(db, null);
    const rows = await db.orm.select().from(statusTransitions);
    return rows.map(({ fromStatus, toStatus }) => pair(fromStatus, toStatus));
  } finally {
    await db.close();
  }
}

function migrationSql({ added, removed }: { added: string[]; removed: string[] }): string | null {
  const columns = '("from_status", "to_status")';
  const list = (pairs: string[]) => pairs.map((one) => `\n\t${one}`).join(",");
  const insert = `INSERT INTO "status_transitions" ${columns} VALUES${list(added)};\n`;
  const remove = `DELETE FROM "status_transitions" WHERE ${columns} IN (${list(removed)}\n);\n`;
  const statements = [added.length > 0 && insert, removed.length > 0 && remove].filter(Boolean);
  return statements.join("--> statement-breakpoint\n") || null;
}
