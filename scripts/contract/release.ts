import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PACKAGE = "@serviceflow/sdk";

/** The text of a file in one state of the repository. */
export type Read = (path: string) => string;

/** The newest release that this clone knows; null when it knows none, as before the first or in a shallow clone. */
export function lastRelease(root: string): Read | null {
  const options = { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 } as const;
  // Otherwise git sorts 1.0.0-beta.1 after 1.0.0.
  const list = ["-c", "versionsort.suffix=-", "tag", "--sort=-version:refname", "--list"];
  const [tag] = execFileSync("git", [...list, `${PACKAGE}@*`], options).split("\n");
  return tag ? (path) => execFileSync("git", ["show", `${tag}:${path}`], options) : null;
}

export function versionIn(read: Read): string {
  return JSON.parse(read("packages/sdk/package.json")).version;
}

/** Whether a changeset announces a break. */
export function announcesBreak(root: string): boolean {
  const line = new RegExp(`^["']?${PACKAGE}["']?\\s*:\\s*major\\s*$`, "m");
  const files = readdirSync(join(root, ".changeset")).filter((file) => file.endsWith(".md"));
  const texts = files.map((file) => readFileSync(join(root, ".changeset", file), "utf8"));
  return texts.some((text) => line.test(/^---\r?\n(.*?)\r?\n---/s.exec(text)?.[1] ?? ""));
}
