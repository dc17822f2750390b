import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Hono } from "hono";
import { keptContent } from "./kept-content.ts";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ServiceFlow API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, persistAuthorization: false, validatorUrl: null });
`;

const ASSETS: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css",
  "swagger-ui-bundle.js": "text/javascript",
  "favicon-32x32.png": "image/png",
};

/** What is served below `/docs`. */
export const DOCS_PATHS: readonly string[] = [
  "/docs",
  "/docs/start.js",
  ...Object.keys(ASSETS).map((file) => `/docs/${file}`),
];

/** Swagger UI from its package; nothing is loaded from other origins. */
export function docsRoutes(compression: boolean): Hono {
  const app = new Hono();
  app.get("/", (c) => c.html(PAGE));
  app.get("/start.js", (c) => c.body(START, 200, { "content-type": "text/javascript" }));
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
