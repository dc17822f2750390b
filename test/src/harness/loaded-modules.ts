import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./child-process.ts";

const MAIN = process.env.SERVICEFLOW_TEST_SERVER ?? "";
/** How the bundle marks where a module comes from. */
const ORIGIN = /^\/\/ .*node_modules\/(@[^/]+\/[^/]+|[^/]+)\//gm;

/** What the processes load that run with `environment`. */
export class LoadedModules {
  readonly environment: Readonly<Record<string, string>>;
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
    const hook = `
      import { appendFileSync } from "node:fs";
      import { registerHooks } from "node:module";
      registerHooks({
        load(url, context, next) {
          appendFileSync(${JSON.stringify(file)}, url + "\\n");
          return next(url, context);
        },
      });`;
    this.environment = {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}`,
    };
  }

  static async open(): Promise<LoadedModules> {
    return new LoadedModules(join(await temporaryFolder("loaded"), "modules"));
  }

  /** Names of the packages of which something has been loaded so far. */
  packages(): Set<string> {
    const urls = readFileSync(this.#file, "utf8").trimEnd().split("\n");
    return packagesIn(
      urls.filter((url) => url.startsWith("file:")).map((url) => fileURLToPath(url)),
    );
  }

  /** Names of all packages that the bundle holds. */
  static available(): Set<string> {
    const folder = dirname(MAIN);
    const files = readdirSync(folder).filter((file) => file.endsWith(".mjs"));
    return packagesIn(files.map((file) => join(folder, file)));
  }
}

function packagesIn(files: readonly string[]): Set<string> {
  const names = files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(ORIGIN)].map(([, name = ""]) => name),
  );
  return new Set(names);
}
