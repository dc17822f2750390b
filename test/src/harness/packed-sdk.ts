import { existsSync } from "node:fs";
import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import { run, temporaryFolder } from "./child-process.ts";
import { LONG } from "./long-run.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const NPM_ENV = { ...process.env, NODE_OPTIONS: "", npm_config_loglevel: "error" };

/** The TypeScripts that consumers have. */
export const COMPILERS = {
  "TypeScript 5.9": join(ROOT, "test/node_modules/typescript/bin/tsc"),
  "TypeScript 7": join(ROOT, "node_modules/typescript/bin/tsc"),
} as const;

/** The SDK as npm would publish it, installed in an empty project. */
export class PackedSdk {
  readonly folder: string;
  /** What the tarball holds. */
  readonly files: readonly string[];

  private constructor(folder: string, files: readonly string[]) {
    this.folder = folder;
    this.files = files;
  }

  static async build(): Promise<PackedSdk> {
    const folder = await temporaryFolder("consumer");
    const npm = (args: string[], cwd: string) => run("npm", args, { cwd, env: NPM_ENV });
    const build = (name: string, ...args: string[]) =>
      npm(["run", "build", `--workspace=packages/${name}`, ...args], ROOT);
    // A new database takes as long as all else of the build.
    await build("testing", ...(LONG ? [] : ["--", `${inject("embeddedDump")}.gz`]));
    await build("sdk");
    const pack = async (name: string) => {
      const cwd = join(ROOT, "packages", name);
      const { stdout } = await npm(["pack", "--json", `--pack-destination=${folder}`], cwd);
      const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
      return packed;
    };
    const sdk = await pack("sdk");
    const project = { name: "consumer", private: true, type: "module" };
    await writeFile(join(folder, "package.json"), JSON.stringify(project));
    await npm(["install", "--offline", "--no-audit", "--no-fund", `./${sdk.filename}`], folder);
    // Who uses the entry for TanStack Query has it.
    await mkdir(join(folder, "node_modules/@tanstack"));
    await symlink(
      join(ROOT, "node_modules/@tanstack/query-core"),
      join(folder, "node_modules/@tanstack/query-core"),
    );
    return new PackedSdk(
      folder,
      sdk.files.map(({ path }) => path),
    );
  }

  /** Puts the package with the test server beside it, with the one dependency that it has. */
  async addTesting(): Promise<void> {
    const modules = join(this.folder, "node_modules");
    const target = join(modules, "@serviceflow/testing");
    await mkdir(target, { recursive: true });
    for (const name of ["dist", "package.json"]) {
      await cp(join(ROOT, "packages/testing", name), join(target, name), { recursive: true });
    }
    const engine = join(modules, "@electric-sql/pglite");
    if (existsSync(engine)) return;
    await mkdir(dirname(engine));
    await symlink(join(ROOT, "node_modules/@electric-sql/pglite"), engine);
  }

  async write(name: string, text: string): Promise<string> {
    const file = join(this.folder, name);
    await writeFile(file, text);
    return file;
  }

  /** Runs a file of the project. */
  async run(node: readonly string[], file: string, env: Record<string, string>): Promise<string> {
    const [command = process.execPath, ...args] = node;
    const { stdout } = await run(command, [...args, file], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    });
    return stdout;
  }

  /** What a compiler has to say of files and of the SDK's declarations: nothing, if all is well. */
  async compile(
    compiler: keyof typeof COMPILERS,
    files: readonly string[],
    options: Record<string, unknown>,
  ): Promise<string> {
    const config = {
      compilerOptions: {
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        // Those of the compiler, which are large.
        skipDefaultLibCheck: true,
        noEmit: true,
        target: "es2022",
        lib: ["es2022", "dom", "dom.iterable"],
        types: [],
        ...options,
      },
      files,
    };
    const name = "tsconfig.use.json";
    await this.write(name, JSON.stringify(config));
    return run(process.execPath, [COMPILERS[compiler], "--project", name], {
      cwd: this.folder,
    }).then(
      () => "",
      ({ stdout }: { stdout: string }) => stdout,
    );
  }

  async declarations(): Promise<string[]> {
    const dist = join(this.folder, "node_modules/@serviceflow/sdk/dist");
    const names = await readdir(dist);
    return names.filter((name) => /\.d\.[cm]ts$/.test(name)).map((name) => join(dist, name));
  }
}

/** The command of a Node of this major version: one that the machine has, or else npm's package of it. */
export async function nodeOf(major: number): Promise<string[]> {
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const node of [process.execPath, ...folders.map((folder) => join(folder, "node"))]) {
    const version = await run(node, ["--version"]).catch(() => null);
    if (version?.stdout.startsWith(`v${major}.`)) return [node];
  }
  return ["npx", "--yes", `--package=node@${major}`, "node"];
}
