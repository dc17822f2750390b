import { readFile } from "node:fs/promises";
import { dumpMigrated } from "@serviceflow/server";

/** The build writes it beside the module; running from source has none, unless a run of tests has made one. */
const PREBUILT =
  process.env.SERVICEFLOW_TEST_DATABASE ?? new URL("./database.tar.gz", import.meta.url);

let dump: Promise<Blob> | undefined;

/** A migrated database: the build's, or else one that is created once in each process. */
export function migratedDump(): Promise<Blob> {
  dump ??= readFile(PREBUILT).then(
    (bytes) => new Blob([bytes]),
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return dumpMigrated();
    },
  );
  return dump;
}
