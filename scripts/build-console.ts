/** Builds the console, unless it was built from the sources as they are. Run by `npm start`. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CONSOLE = join(ROOT, "packages/console");
const STAMP = join(CONSOLE, "dist/.built-from");

/** The console's own files and the packages that are bundled into it. */
const SOURCES = [
  "packages/console/{src,public}/**/*.*",
  "packages/console/*.{html,json,ts}",
  "packages/{sdk,domain}/src/**/*.ts",
  "package-lock.json",
];

function sourcesHash(): string {
  const hash = createHash("sha256");
  for (const file of globSync(SOURCES, { cwd: ROOT }).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest("hex");
}

function builtFrom(): string | null {
  try {
    return readFileSync(STAMP, "utf8");
  } catch {
    return null;
  }
}

const sources = sourcesHash();
if (builtFrom() !== sources) {
  process.stdout.write("Building the console.\n");
  const vite = join(ROOT, "node_modules/vite/bin/vite.js");
  execFileSync(process.execPath, [vite, "build", "--logLevel", "error"], {
    cwd: CONSOLE,
    stdio: "inherit",
    // Of React there would be the slow one for development, if NODE_ENV said so.
    env: { ...process.env, NODE_ENV: "production", LINGUI_SUPPRESS_BABEL_WARNING: "1" },
  });
  mkdirSync(join(CONSOLE, "dist"), { recursive: true });
  writeFileSync(STAMP, sources);
}
