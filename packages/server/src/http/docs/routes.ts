import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Hono } from "hono";
import { keptContent } from "../kept-content.ts";
import { PAGE } from "./page.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

const ASSETS: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css",
  "swagger-ui-bundle.js": "text/javascript",
  "favicon-32x32.png": "image/png",
};
const PAGES = ["/", "/webhooks"] as const;
const OWN = [
  ["/start.js", SCRIPT, "text/javascript"],
  ["/page.css", STYLE, "text/css"],
] as const;

/** What is served below `/docs`. */
export const DOCS_PATHS: readonly string[] = [
  ...PAGES.map((path) => `/docs${path === "/" ? "" : path}`),
  ...OWN.map(([path]) => `/docs${path}`),
  ...Object.keys(ASSETS).map((file) => `/docs/${file}`),
];

/** Swagger UI from its package, in a page of our own; nothing is loaded from other origins. */
export function docsRoutes(compression: boolean): Hono {
  const app = new Hono();
  for (const path of PAGES) app.get(path, (c) => c.html(PAGE));
  for (const [path, content, type] of OWN) {
    app.get(path, (c) =>
      c.body(content, 200, { "content-type": type, "cache-control": "no-cache" }),
    );
  }
  for (const [file, type] of Object.entries(ASSETS)) {
    let content: Uint8Array<ArrayBuffer> | null = null;
    const read = () => {
      content ??= new Uint8Array(readFileSync(join(assetsFolder() ?? "", file)));
      return content;
    };
    const headers = { "content-type": type, "cache-control": "public, max-age=3600" };
    const answer = keptContent(read, headers, compression && type.startsWith("text/"));
    app.get(`/${file}`, (c) => (assetsFolder() === null ? c.notFound() : answer(c)));
  }
  return app;
}

/** Resolved on demand; null in a bundle without the package. */
function assetsFolder(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  } catch {
    return null;
  }
}
