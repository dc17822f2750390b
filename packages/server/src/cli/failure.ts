import { DomainError } from "@serviceflow/domain";
import { NoDefaultCategory } from "../categories/default-category.ts";
import { InvalidConfig } from "../config.ts";
import { MissingPrivileges, NoDatabase } from "../connect.ts";
import { OnCitusWorker } from "../db/citus.ts";
import { DataDirectoryInUse, DataDirectoryUnusable } from "../db/data-directory.ts";
import { describeFailure, rootCause } from "../db/failure.ts";
import { failureWords } from "../db/failure-class.ts";
import { MayNotMigrate, SchemaMismatch } from "../db/migrate.ts";
import { MigrationLocked } from "../db/migration-lock.ts";
import { NotAReplica } from "../db/read-replica.ts";
import { LogNotAdopted } from "../log/adopt-restored.ts";
import { CannotListen } from "../server.ts";
import { WorkersFailed } from "../workers/supervisor.ts";
import { CommandFailed } from "./command-failed.ts";

const EXPECTED = [
  CommandFailed,
  InvalidConfig,
  DataDirectoryInUse,
  DataDirectoryUnusable,
  NoDatabase,
  MayNotMigrate,
  MigrationLocked,
  MissingPrivileges,
  SchemaMismatch,
  LogNotAdopted,
  NoDefaultCategory,
  NotAReplica,
  OnCitusWorker,
  CannotListen,
  WorkersFailed,
];

/** Why a command failed, without a driver's message, which may contain values. */
export function failureText(error: unknown): string {
  if (error instanceof DomainError) return error.detail;
  if (EXPECTED.some((type) => error instanceof type)) return (error as Error).message;
  const words = failureWords(error);
  if (words) return `${words.finding} ${words.hint}`;
  const { kind, code } = describeFailure(error);
  if (code !== undefined) return `The database is unusable: ${code} (${kind}).`;
  const root = rootCause(error);
  return `ServiceFlow failed: ${root instanceof Error ? root.stack : kind}`;
}
