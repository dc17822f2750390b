import { builtinModules } from "node:module";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { run } from "../../../test/src/harness/child-process.ts";
import { programOf, type Sdk } from "./catalogue.ts";
import type { Project } from "./install.ts";
import type { Sizes } from "./results.ts";

/** Its program as a page would load it, as the tests of the SDK bundle ours. */
export async function bundleOf({ folder }: Project, sdk: Sdk): Promise<Sizes["bundle"]> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: programOf(sdk), resolveDir: folder },
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: [...builtinModules, "node:*"],
  });
  const text = outputFiles[0]?.contents ?? new Uint8Array();
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const needs = [...new Set(imports.map(({ path }) => path))].sort();
  return { minified: text.length, gzip: gzipSync(text).length, needs };
}

export function isCommonJs({ folder }: Project, { package: name }: Sdk): Promise<boolean> {
  const args = ["--no-experimental-require-module", "-e", `require(${JSON.stringify(name)})`];
  const env = { ...process.env, NODE_OPTIONS: "" };
  return run(process.execPath, args, { cwd: folder, env }).then(
    () => true,
    () => false,
  );
}
