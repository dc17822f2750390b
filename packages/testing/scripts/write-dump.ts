/** Writes the database that a test server starts from into the build. */
import { writeFile } from "node:fs/promises";
import { dumpMigrated } from "@serviceflow/server";

const dump = await dumpMigrated();
await writeFile(
  new URL("../dist/database.tar.gz", import.meta.url),
  new Uint8Array(await dump.arrayBuffer()),
);
