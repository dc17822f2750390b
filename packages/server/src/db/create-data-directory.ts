import { PGlite } from "@electric-sql/pglite";
import { compileSparingly, INIT_SETTINGS } from "./embedded-memory.ts";

// Run as a process of its own: creating a database takes 500 MB, most of which a process would keep.
process.once("disconnect", () => process.exit(1));
compileSparingly();
const [, , dataDir = ""] = process.argv;
const client = await PGlite.create({ dataDir, initDbStartParams: INIT_SETTINGS });
await client.close();
process.exit(0);
