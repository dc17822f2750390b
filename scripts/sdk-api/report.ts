import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";
import { SDK, sdkEntries } from "./entries.ts";

const DECLARATIONS = join(SDK, "dist-types");

/**
 * What the SDK exports, as API Extractor reports it. The further entries are namespaces of the main one, so that what they
 * share is in the report once.
 */
export function sdkReport(): string {
  execFileSync(join(SDK, "../../node_modules/.bin/tsc"), ["--build", SDK]);
  const exports = sdkEntries().map(({ name, file }) => {
    const namespace = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const path = relative(join(SDK, "src"), file);
    return `export * ${name === "index" ? "" : `as ${namespace} `}from "./${path}";\n`;
  });
  writeFileSync(join(DECLARATIONS, "all-entries.d.ts"), exports.join(""));
  const config = ExtractorConfig.loadFileAndPrepare(join(SDK, "api-extractor.json"));
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback(message) {
      message.handled = true;
      if (message.logLevel === "error") throw new Error(`API Extractor: ${message.text}`);
    },
  });
  return readFileSync(config.reportFilePath, "utf8");
}
