import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
export const REPORTS = join(ROOT, "packages/sdk/api");
export const RELEASED = join(REPORTS, "released");
export const OPENAPI = join(ROOT, "docs/openapi.json");
const CHANGESETS = join(ROOT, ".changeset");

/** The API reports in a folder, by the name of their entry. */
export function readReports(folder: string): Map<string, string> {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return new Map(
    files
      .filter((file) => file.endsWith(".api.txt"))
      .sort()
      .map((file) => [basename(file, ".api.txt"), readFileSync(join(folder, file), "utf8")]),
  );
}

export function readChangesets(): string[] {
  return readdirSync(CHANGESETS)
    .filter((file) => file.endsWith(".md") && file !== "README.md")
    .map((file) => readFileSync(join(CHANGESETS, file), "utf8"));
}
