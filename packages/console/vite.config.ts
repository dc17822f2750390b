import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { lingui, linguiTransformerBabelPreset } from "@lingui/vite-plugin";
import optimizeLocales from "@react-aria/optimize-locales-plugin";
import babel from "@rolldown/plugin-babel";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

export default defineConfig({
  base: "/console/",
  // The sources of this repository, so that the SDK need not be built first.
  resolve: { conditions: ["@serviceflow/source", "module", "browser", "import"] },
  plugins: [
    react(),
    babel({ presets: [linguiTransformerBabelPreset()] }),
    lingui({ failOnMissing: true, failOnCompileError: true }),
    tailwindcss(),
    { ...optimizeLocales.vite({ locales: ["en-US", "ru-RU"] }), enforce: "pre" },
    namedWords(),
    compressed(),
  ],
  build: {
    target: "es2023",
    // The Content-Security-Policy allows no data: URLs, and modern browsers preload modules themselves.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What the first page needs is one file, which compresses better than forty; each page beyond it is its own.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "first", tags: ["$initial"] }] } },
    },
  },
});

/** Says in the page where the words of each language are: `appearance.js` has the browser load those that it needs at once. */
function namedWords(): Plugin {
  return {
    name: "named-words",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle = {} }) {
        return Object.values(bundle).flatMap((file) => {
          const { facadeModuleId = null } = file.type === "chunk" ? file : {};
          const [, language] = /\/words\/(\w+)\.po$/.exec(facadeModuleId ?? "") ?? [];
          if (language === undefined) return [];
          const attrs = { name: `words-${language}`, content: `/console/${file.fileName}` };
          return [{ tag: "meta", attrs, injectTo: "head-prepend" as const }];
        });
      },
    },
  };
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
