import { readFile } from "node:fs/promises";
import { dumpMigrated } from "@serviceflow/server";

/** The build writes it beside the module; running from source has none. */
const PREBUILT = new URL("./database.tar.gz", import.meta.url);

let dump: Promise<Blob> | undefined;

/** A migrated database: the build's, or else one that is created once in each process. */
export function migratedDump(): Promise<Blob> {
  dump ??= readFile(PREBUILT).then(
    (bytes) => new Blob([bytes], { type: "application/x-gzip" }),
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return dumpMigrated();
    },
  );
  return dump;
}
