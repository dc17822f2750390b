import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";

const LOCK_FILE = "serviceflow.lock";
const BUSY = 5;

/** Another process has the data directory open. */
export class DataDirectoryInUse extends Error {
  override readonly name = "DataDirectoryInUse";
}

/** The data directory cannot be created or written. */
export class DataDirectoryUnusable extends Error {
  override readonly name = "DataDirectoryUnusable";
}

/** Whether there is an embedded database in a directory. A volume that is mounted there is an empty directory at first. */
export function holdsDatabase(dataDir: string): boolean {
  return existsSync(join(dataDir, "PG_VERSION"));
}

/**
 * PGlite takes no lock itself, and two processes on one directory lose data. An SQLite lock ends with its process. It lies
 * in the directory, so that two containers that mount one volume see the same.
 * @throws DataDirectoryInUse, DataDirectoryUnusable
 */
export async function lockDataDirectory(dataDir: string): Promise<{ release(): void }> {
  const inside = await lockFile(join(makeDirectory(dataDir), LOCK_FILE), dataDir);
  if (!inside) throw unusable(dataDir);
  // Where builds before this one took theirs.
  const former = `${resolve(dataDir)}.lock`;
  const locks = [inside];
  try {
    const beside = existsSync(former) ? await lockFile(former, dataDir) : null;
    if (beside) locks.push(beside);
  } catch (error) {
    inside.close();
    throw error;
  }
  return {
    release() {
      for (const lock of locks) lock.close();
    },
  };
}

function makeDirectory(dataDir: string): string {
  try {
    mkdirSync(dataDir, { recursive: true });
    return dataDir;
  } catch (cause) {
    throw unusable(dataDir, cause);
  }
}

/** @returns null when the file cannot be written */
async function lockFile(path: string, dataDir: string): Promise<DatabaseSync | null> {
  const { DatabaseSync } = await import("node:sqlite");
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path, { timeout: 0 });
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (cause) {
    lock?.close();
    if ((cause as { errcode?: unknown }).errcode !== BUSY) return null;
    throw new DataDirectoryInUse(
      `The data directory ${dataDir} is in use by another process. Stop it, or choose another DATA_DIR.`,
      { cause },
    );
  }
}

function unusable(dataDir: string, cause?: unknown): DataDirectoryUnusable {
  const { code } = (cause ?? {}) as { code?: string };
  const why = code === undefined ? "" : ` (${code})`;
  return new DataDirectoryUnusable(
    `The data directory ${dataDir} cannot be written${why}. Let this process's user own it, or choose another DATA_DIR.`,
    { cause },
  );
}
