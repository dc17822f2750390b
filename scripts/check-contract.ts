/**
 * Holds the SDK's types and the OpenAPI document against those of the last release, and fails when something breaks that no
 * changeset announces. With `--release` it makes those of today the released ones.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OPENAPI, RELEASED, REPORTS, readChangesets, readReports } from "./contract/baseline.ts";
import { announcesBreak } from "./contract/changesets.ts";
import { compareContracts, inWords } from "./contract/contract.ts";
import type { Json } from "./contract/json.ts";

const released = join(RELEASED, "openapi.json");

if (process.argv.includes("--release")) {
  rmSync(RELEASED, { recursive: true, force: true });
  mkdirSync(RELEASED, { recursive: true });
  for (const [entry, report] of readReports(REPORTS)) {
    writeFileSync(join(RELEASED, `${entry}.api.txt`), report);
  }
  cpSync(OPENAPI, released);
  console.log("The contract of today is the released one.");
} else if (!existsSync(released)) {
  console.error("There is no contract of the last release: restore packages/sdk/api/released.");
  process.exitCode = 1;
} else {
  const changes = compareContracts(
    { reports: readReports(RELEASED), openapi: readJson(released) },
    { reports: readReports(REPORTS), openapi: readJson(OPENAPI) },
  );
  if (changes.length > 0 && !announcesBreak(readChangesets())) {
    console.error(inWords(changes));
    process.exitCode = 1;
  }
}

function readJson(file: string): Json {
  return JSON.parse(readFileSync(file, "utf8")) as Json;
}
