import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readReports } from "../sdk-api/read-report.ts";
import { compareContracts } from "./compare.ts";
import { readOpenApi } from "./openapi.ts";
import { announcesBreak, lastRelease, type Read, versionIn } from "./release.ts";
import type { Contract } from "./schema.ts";

/** Compares the SDK's types and the OpenAPI document with those of the last release. */
export function checkContract(root: string): { isBroken: boolean; text: string } {
  const released = lastRelease(root);
  if (!released) return { isBroken: false, text: "There is no release to compare with yet." };
  const current: Read = (path) => readFileSync(join(root, path), "utf8");
  const reports = [released, current].map((read) => read("packages/sdk/api/sdk.api.md"));
  const types = reports[0] === reports[1] ? [] : readReports(...reports);
  const rest = [released, current].map((read) =>
    readOpenApi(JSON.parse(read("docs/openapi.json"))),
  );
  const compare = (name: string, [old, now]: readonly Contract[]) =>
    old && now ? compareContracts(old, now).map((line) => `  ${name}: ${line}.`) : [];
  const breaks = [...compare("SDK", types), ...compare("REST", rest)];
  // The release that takes up the changeset makes a major version of it.
  const [before, after] = [released, current].map(versionIn);
  const isAnnounced =
    parseInt(after ?? "", 10) > parseInt(before ?? "", 10) || announcesBreak(root);
  const isBroken = breaks.length > 0 && !isAnnounced;
  const advice = [
    "No changeset announces this. Keep the old form beside the new one (CONTRIBUTING.md, The contract), or run:",
    '  npx changeset add --major "@serviceflow/sdk" -m "What breaks, and what to write instead."',
  ];
  const text = [`${breaks.length} breaks since ${before}.`, ...breaks, ...(isBroken ? advice : [])];
  return { isBroken, text: text.join("\n") };
}
