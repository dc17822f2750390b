import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { lingui, linguiTransformerBabelPreset } from "@lingui/vite-plugin";
import optimizeLocales from "@react-aria/optimize-locales-plugin";
import babel from "@rolldown/plugin-babel";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { build, defineConfig, type Plugin } from "vite";

// The sources of this repository, so that the SDK need not be built first.
const CONDITIONS = ["@serviceflow/source", "module", "browser", "import"];
const TARGET = "es2023";
const MODULE_SCRIPT = /<script type="module" crossorigin src="([^"]+)"><\/script>/g;

export default defineConfig({
  base: "/console/",
  resolve: { conditions: CONDITIONS },
  plugins: [
    react(),
    babel({ presets: [linguiTransformerBabelPreset()] }),
    lingui({ failOnMissing: true, failOnCompileError: true }),
    tailwindcss(),
    { ...optimizeLocales.vite({ locales: ["en-US", "ru-RU"] }), enforce: "pre" },
    startFirst(),
    compressed(),
  ],
  build: {
    target: TARGET,
    // The Content-Security-Policy allows no data: URLs, and modern browsers preload modules themselves.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What the first page needs is a few files, which compress better than forty, and each is run by itself; each page beyond
    // it is its own.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: "react",
              test: /node_modules\/(react|react-dom|scheduler)\//,
              tags: ["$initial"],
              priority: 2,
            },
            { name: "kit", test: /node_modules\//, tags: ["$initial"], priority: 1 },
            { name: "first", tags: ["$initial"] },
          ],
        },
      },
    },
  },
});

/**
 * Has the page begin with `start/start.ts`, which is a script of its own without imports, and run the console when that says
 * so: the page names the words of each language and the console's entry for it, and loads the scripts meanwhile.
 */
function startFirst(): Plugin {
  const source = fileURLToPath(new URL("src/start/start.ts", import.meta.url));
  let start = "";
  return {
    name: "start-first",
    async buildStart() {
      if (this.environment.mode !== "build") return;
      const fileName = await this.emitFile({
        type: "asset",
        name: "start.js",
        source: await bundled(source),
      });
      start = this.getFileName(fileName);
    },
    transformIndexHtml: {
      order: "post",
      handler(page, { bundle }) {
        const first = { injectTo: "head-prepend" } as const;
        if (bundle === undefined) {
          return [
            {
              ...first,
              tag: "script",
              attrs: { type: "module", src: "/console/src/start/start.ts" },
            },
          ];
        }
        const words = Object.values(bundle).flatMap((file) => {
          const { facadeModuleId = null } = file.type === "chunk" ? file : {};
          const [, language] = /\/words\/(\w+)\.po$/.exec(facadeModuleId ?? "") ?? [];
          return language === undefined
            ? []
            : [meta(`words-${language}`, `/console/${file.fileName}`)];
        });
        const scripts = [...page.matchAll(MODULE_SCRIPT)].map(([, href = ""]) => href);
        return {
          // They come after what the first paint and the first calls need.
          html: page.replace(
            MODULE_SCRIPT,
            '<link rel="modulepreload" crossorigin fetchpriority="low" href="$1">',
          ),
          tags: [
            ...words,
            meta("scripts", scripts.join(" ")),
            { ...first, tag: "script", attrs: { src: `/console/${start}` } },
          ],
        };
      },
    },
  };
}

function meta(name: string, content: string) {
  return { tag: "meta", attrs: { name, content }, injectTo: "head-prepend" } as const;
}

async function bundled(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "warn",
    resolve: { conditions: CONDITIONS },
    build: {
      target: TARGET,
      write: false,
      lib: { entry, formats: ["iife"], name: "start" },
    },
  });
  const [
    {
      output: [{ code }],
    },
  ] = [built].flat() as { output: [{ code: string }] }[];
  return code;
}

/** Writes `.br` and `.gz` beside each text file, which the server sends as they are. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async writeBundle({ dir = "dist" }) {
      const files = await readdir(dir, { recursive: true });
      const texts = files.filter((file) => /\.(js|css|svg)$/.test(file));
      await Promise.all(texts.map((file) => compress(join(dir, file))));
    },
  };
}

async function compress(file: string): Promise<void> {
  const text = await readFile(file);
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  await Promise.all([
    writeFile(`${file}.br`, await promisify(brotliCompress)(text, brotli)),
    writeFile(`${file}.gz`, await promisify(gzip)(text, { level: 9 })),
  ]);
}
