/** Fails when Spectral's rules for OpenAPI documents find anything to say, a warning included. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type RulesetDefinition, Spectral } from "@stoplight/spectral-core";
import { oas } from "@stoplight/spectral-rulesets";

const FILE = "docs/openapi.json";

const text = await readFile(join(import.meta.dirname, "..", FILE), "utf8");
const spectral = new Spectral();
spectral.setRuleset(oas as RulesetDefinition);
const found = await spectral.run(JSON.parse(text));
for (const { code, message, path } of found) {
  console.error(`${FILE} ${path.join(".")}: ${message} (${code})`);
}
console.log(`${found.length} findings of Spectral in ${FILE}.`);
process.exitCode = found.length > 0 ? 1 : 0;
