import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { temporaryFolder } from "./child-process.ts";

const MAIN = fileURLToPath(new URL("../../../packages/server/src/main.ts", import.meta.url));

/** These find their own files beside them. */
const UNBUNDLED = /^(@electric-sql\/pglite|pino|pino-pretty|swagger-ui-dist)(\/|$)/;

/**
 * Bundles the server's command: it starts with half the work of its sources, which hundreds of processes would each load.
 * @returns the path of its entry point
 */
export async function bundleServer(): Promise<string> {
  const outdir = await temporaryFolder("server");
  await build({
    entryPoints: [MAIN],
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    conditions: ["@serviceflow/source"],
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
    plugins: [inPlace],
  });
  return join(outdir, "main.mjs");
}

/** Files are found as from the sources, and packages that stay outside as from this repository. */
const inPlace: Plugin = {
  name: "in place",
  setup({ onLoad, onResolve, resolve }) {
    onLoad({ filter: /\/packages\/server\/src\/.*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: source.replaceAll("import.meta.url", url), loader: "ts" };
    });
    onResolve({ filter: UNBUNDLED }, async ({ path, pluginData, ...options }) => {
      if (pluginData === "resolving") return null;
      const found = await resolve(path, { ...options, pluginData: "resolving" });
      return { path: pathToFileURL(found.path).href, external: true };
    });
  },
};
