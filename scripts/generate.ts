/** Writes every document that comes from the code; with `--check`, only says which of them are stale. */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openApiDocument } from "@serviceflow/server";
import { committedReport } from "../bench/src/report/report.ts";
import { committedComparison } from "../bench/src/sdks/report.ts";
import { configuration } from "./generate/configuration.ts";
import { erd } from "./generate/erd.ts";
import { errors } from "./generate/errors.ts";
import { packedGuide } from "./generate/guide.ts";
import { architecture } from "./generate/layers.ts";
import { findMigrationFaults } from "./generate/migrations.ts";
import { permissions } from "./generate/permissions.ts";
import { describeSdk, SDK_FOLDERS } from "./generate/sdk.ts";
import { stateDiagram } from "./generate/state-diagram.ts";
import { pendingTransitions, writeTransitions } from "./generate/status-transitions.ts";

const ROOT = join(import.meta.dirname, "..");
const sdk = await describeSdk();
const documents: Readonly<Record<string, string>> = {
  "docs/architecture.md": architecture(),
  "docs/openapi.json": openApiDocument(),
  "docs/generated/state-diagram.md": stateDiagram(),
  "docs/generated/permissions.md": permissions(),
  "docs/generated/errors.md": errors(),
  "docs/generated/erd.md": erd(),
  "docs/generated/configuration.md": configuration(),
  "packages/sdk/docs/bots.md": packedGuide(),
  ...committedReport(),
  ...committedComparison(),
  ...sdk.documents,
};

const isCheck = process.argv.includes("--check");
const faults = sdk.faults;
const stale: string[] = [];
for (const [path, content] of Object.entries(documents)) {
  if ((await readFile(join(ROOT, path), "utf8").catch(() => null)) !== content) stale.push(path);
}
for (const folder of SDK_FOLDERS) {
  const found = await readdir(join(ROOT, folder)).catch(() => []);
  stale.push(...found.map((name) => `${folder}/${name}`).filter((path) => !(path in documents)));
}
for (const path of stale) {
  const content = documents[path];
  if (isCheck) {
    faults.push(`${path} is stale: run npm run generate.`);
  } else if (content === undefined) {
    await rm(join(ROOT, path));
    console.log(`removed ${path}`);
  } else {
    await mkdir(dirname(join(ROOT, path)), { recursive: true });
    await writeFile(join(ROOT, path), content);
    console.log(`wrote ${path}`);
  }
}
if (isCheck) {
  faults.push(...(await findMigrationFaults(ROOT)));
} else {
  const migration = await pendingTransitions();
  if (migration) console.log(`wrote ${await writeTransitions(ROOT, migration)}`);
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
