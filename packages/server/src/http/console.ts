import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Context, Hono } from "hono";
import { acceptedCoding } from "./content-coding.ts";
import { consolePolicy, FILE_POLICY } from "./security-headers.ts";

/** Where the console's build lies, beside the server's sources and its build alike. */
const BUILT = fileURLToPath(new URL("../../../console/dist/", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

const CODED = { br: ".br", gzip: ".gz" } as const;
const SMALLEST_FIRST = ["br", "gzip"] as const;
/** The name of a hashed file is another one when its content is. */
const FOREVER = "public, max-age=31536000, immutable";
const NONCE = "{{nonce}}";
const SESSION = "{{session}}";

/** Whether the console is built. */
export function hasConsole(): boolean {
  return builtFiles(BUILT).has("index.html");
}

/**
 * The web console: its files as they were built, and its page at every other address, each time with a nonce of its own.
 * @param mayBeSignedIn whether the page should expect that somebody is; what they may see, each call finds out
 * @returns null where the console is not built.
 */
export function consoleRoutes(mayBeSignedIn: (c: Context) => boolean): Hono | null {
  const files = builtFiles(BUILT);
  if (!files.has("index.html")) return null;
  const page = readFileSync(join(BUILT, "index.html"), "utf8");
  const app = new Hono();
  for (const file of files) {
    const type = TYPES[extname(file)];
    if (type !== undefined) app.get(`/${file}`, answerFile(file, type, files));
  }
  app.get("/assets/*", (c) => c.notFound());
  app.get("/*", (c) => {
    const nonce = randomBytes(16).toString("base64");
    const session = mayBeSignedIn(c) ? "yes" : "no";
    return c.html(page.replaceAll(NONCE, nonce).replace(SESSION, session), 200, {
      "content-security-policy": consolePolicy(nonce),
      "cache-control": "no-store",
    });
  });
  return app;
}

function builtFiles(folder: string): ReadonlySet<string> {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return new Set(names.map((name) => name.replaceAll("\\", "/")));
  } catch {
    return new Set();
  }
}

/** Answers with a file, as it was compressed when it was built for those who accept that. */
function answerFile(file: string, type: string, files: ReadonlySet<string>) {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>();
  const read = (name: string) => {
    const content = kept.get(name) ?? new Uint8Array(readFileSync(join(BUILT, name)));
    kept.set(name, content);
    return content;
  };
  const headers = {
    "content-type": type,
    "content-security-policy": FILE_POLICY,
    "cache-control": file.startsWith("assets/") ? FOREVER : "no-cache",
  };
  return (c: Context) => {
    if (!files.has(`${file}.br`)) return c.body(read(file), 200, headers);
    const coding = acceptedCoding(c.req.header("accept-encoding") ?? null, SMALLEST_FIRST);
    const vary = { ...headers, vary: "Accept-Encoding" };
    if (coding === null) return c.body(read(file), 200, vary);
    return c.body(read(`${file}${CODED[coding]}`), 200, { ...vary, "content-encoding": coding });
  };
}
