import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const PROGRAMS = ["initdb", "postgres", "pg_basebackup", "pg_dump", "pg_restore", "psql"];
const DEBIAN = "/usr/lib/postgresql";

/** The programs of a PostgreSQL that is installed on this machine. Continuous integration always has one. */
export const machinePostgres: string | null = folders().find(isWhole) ?? null;
if (machinePostgres === null && process.env.CI) {
  throw new Error("Install postgresql: restores and failovers are tested with its own programs.");
}

export const NO_MACHINE_POSTGRES = "no PostgreSQL with pg_dump and pg_basebackup is installed";

function folders(): string[] {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a));
  return [...newestFirst.map((version) => join(DEBIAN, version, "bin")), ...configured()];
}

function configured(): string[] {
  try {
    return [execFileSync("pg_config", ["--bindir"], { encoding: "utf8" }).trim()];
  } catch {
    return [];
  }
}

function isWhole(folder: string): boolean {
  return PROGRAMS.every((program) => existsSync(join(folder, program)));
}
