/** Builds the console, unless it was built from the sources as they are, or another process does. Run by `npm start`. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CONSOLE = join(ROOT, "packages/console");
const STAMP = join(CONSOLE, "dist/.built-from");
/** Holds the id of the process that builds. */
const LOCK = join(ROOT, "node_modules/.console-builder");

/** The console's own files and the packages that are bundled into it. */
const SOURCES = [
  "packages/console/src/**/*.*",
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

function contentOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** Whether this process may build. */
function claim(): boolean {
  const own = `${LOCK}-${process.pid}`;
  writeFileSync(own, `${process.pid}`);
  try {
    linkSync(own, LOCK);
    return true;
  } catch {
    const builder = contentOf(LOCK);
    // Of a process that was killed.
    if (builder !== null && !isRunning(Number(builder))) rmSync(LOCK, { force: true });
    return false;
  } finally {
    rmSync(own);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function build(sources: string): void {
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

const sources = sourcesHash();
while (contentOf(STAMP) !== sources) {
  if (claim()) {
    try {
      if (contentOf(STAMP) !== sources) build(sources);
    } finally {
      rmSync(LOCK, { force: true });
    }
  } else {
    await pause(100);
  }
}
