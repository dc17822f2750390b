/** Writes every document that comes from the code; with `--check`, only says which of them are stale. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { configuration } from "./generate/configuration.ts";
import { erd } from "./generate/erd.ts";
import { errors } from "./generate/errors.ts";
import { findMigrationFaults } from "./generate/migrations.ts";
import { openapi } from "./generate/openapi.ts";
import { permissions } from "./generate/permissions.ts";
import { stateDiagram } from "./generate/state-diagram.ts";

const ROOT = join(import.meta.dirname, "..");
const DOCUMENTS: Readonly<Record<string, () => string>> = {
  "docs/openapi.json": openapi,
  "docs/generated/state-diagram.md": stateDiagram,
  "docs/generated/permissions.md": permissions,
  "docs/generated/errors.md": errors,
  "docs/generated/erd.md": erd,
  "docs/generated/configuration.md": configuration,
};

const faults: string[] = [];
const isCheck = process.argv.includes("--check");
for (const [path, generate] of Object.entries(DOCUMENTS)) {
  const file = join(ROOT, path);
  const content = generate();
  if ((await readFile(file, "utf8").catch(() => null)) === content) continue;
  if (isCheck) {
    faults.push(`${path} is stale: run npm run generate.`);
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    console.log(`wrote ${path}`);
  }
}
if (isCheck) faults.push(...(await findMigrationFaults(ROOT)));
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
