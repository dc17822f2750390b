import { readFile } from "node:fs/promises";
import { dumpMigrated } from "@serviceflow/server";

/** The build puts it beside the module; sources have none. */
const PREBUILT = new URL("./database.tar.gz", import.meta.url);

let dump: Promise<Blob> | undefined;

/** A database to begin with: the build's own, or else one that is made once in each process. */
export function migratedDump(log: Parameters<typeof dumpMigrated>[0]): Promise<Blob> {
  dump ??= readFile(PREBUILT).then(
    (bytes) => new Blob([bytes], { type: "application/x-gzip" }),
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return dumpMigrated(log);
    },
  );
  return dump;
}
