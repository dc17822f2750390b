import { cp, lstat, readdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { run, temporaryFolder } from "../../../test/src/harness/child-process.ts";
import { ROOT } from "../contenders/process.ts";
import type { BASELINE, Sdk, SdkName } from "./catalogue.ts";
import type { Sizes } from "./results.ts";

/** npm on this Node, and not on the machine's: it picks versions by it. */
const NPM_ENV = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
  NODE_OPTIONS: "",
  npm_config_loglevel: "error",
};

/** A project that has nothing but one SDK, and the module that calls it. */
export interface Project {
  name: SdkName | typeof BASELINE;
  folder: string;
  adapter: string;
}

export async function emptyProject(name: Project["name"]): Promise<Project> {
  const folder = await temporaryFolder(`sdk-${name}`);
  const adapter = join(folder, "adapter.js");
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await cp(join(import.meta.dirname, `adapters/${name}.js`), adapter);
  return { name, folder, adapter };
}

/** Installs it from the registry, without running scripts. */
export async function installSdk(
  name: SdkName,
  sdk: Sdk,
): Promise<{ project: Project; version: string; sizes: Omit<Sizes, "bundle" | "isCommonJs"> }> {
  const project = await emptyProject(name);
  const { folder } = project;
  const packed = await pack(sdk, folder);
  const before = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact"];
  await npm([...before, `./${packed.filename}`], folder);
  const { stdout } = await npm(["ls", "--all", "--parseable", "--long"], folder);
  const lines = stdout.split("\n").filter((line) => line.includes("node_modules"));
  const installed = new Set(lines.map((line) => line.split(":")[1] ?? ""));
  installed.delete(`${sdk.package}@${packed.version}`);
  return {
    project,
    version: packed.version,
    sizes: {
      packed: packed.size,
      unpacked: packed.unpackedSize,
      installed: await sizeOf(join(folder, "node_modules")),
      dependencies: [...installed].sort(),
    },
  };
}

interface Packed {
  filename: string;
  version: string;
  size: number;
  unpackedSize: number;
}

async function pack(sdk: Sdk, folder: string): Promise<Packed> {
  const args = ["pack", "--json", `--pack-destination=${folder}`];
  if (sdk.version === null) {
    await npm(["run", "build", "--workspace=packages/sdk"], ROOT);
    return firstOf((await npm(args, join(ROOT, "packages/sdk"))).stdout);
  }
  return firstOf((await npm([...args, `${sdk.package}@${sdk.version}`], folder)).stdout);
}

function firstOf(json: string): Packed {
  const [packed] = JSON.parse(json) as [Packed];
  return packed;
}

function npm(args: readonly string[], cwd: string): Promise<{ stdout: string }> {
  return run("npm", args, { cwd, env: NPM_ENV });
}

/** Of all files, without what npm writes for itself. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((each) => each.isFile() && each.name !== ".package-lock.json");
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await lstat(join(parentPath, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
