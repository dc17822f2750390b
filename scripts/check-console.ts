/** Fails when the first page of the console loads too much JavaScript, or a lazy part is not loaded by `loadPart`. */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BUILT = join(ROOT, "packages/console/dist");
/** gzip. */
const MAX_KB = 190;

execFileSync(process.execPath, [join(ROOT, "scripts/build-console.ts")], { stdio: "inherit" });
const page = readFileSync(join(BUILT, "index.html"), "utf8");
const scripts = [...page.matchAll(/(?:src|href)="\/console\/([^"]+\.js)"/g)];
const bytes = scripts.reduce(
  (sum, [, file = ""]) => sum + statSync(join(BUILT, `${file}.gz`)).size,
  0,
);
const kb = (bytes / 1000).toFixed(1);
if (scripts.length < 2 || bytes > MAX_KB * 1000) {
  process.stderr.write(
    `The console's first page loads ${kb} KB of JavaScript; ${MAX_KB} at most.\n`,
  );
  process.exitCode = 1;
}

// A part that is loaded without it is a blank page after an update of the server.
const sources = globSync("packages/console/src/**/*.{ts,tsx}", { cwd: ROOT });
const bare = sources.filter((file) =>
  /(?<!loadPart\(\s*\(\) =>\s*)\bimport\(/.test(readFileSync(join(ROOT, file), "utf8")),
);
if (bare.length > 0) {
  process.stderr.write(`Load these lazy parts by loadPart: ${bare.join(", ")}\n`);
  process.exitCode = 1;
}
