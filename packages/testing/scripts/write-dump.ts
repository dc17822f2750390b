/** Writes the database that a test server starts from into the build: one from the file that is named, or a new one. */
import { openAsBlob } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dumpMigrated } from "@serviceflow/server";

const [file] = process.argv.slice(2);
const dump = await (file === undefined ? dumpMigrated() : openAsBlob(file));
await writeFile(
  new URL("../dist/database.tar.gz", import.meta.url),
  new Uint8Array(await dump.arrayBuffer()),
);
