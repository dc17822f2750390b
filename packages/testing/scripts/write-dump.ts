/** Writes the database that a test server begins with beside the build. */
import { writeFile } from "node:fs/promises";
import { createLogger, dumpMigrated } from "@serviceflow/server";

const dump = await dumpMigrated(createLogger("silent", false));
await writeFile(
  new URL("../dist/database.tar.gz", import.meta.url),
  new Uint8Array(await dump.arrayBuffer()),
);
