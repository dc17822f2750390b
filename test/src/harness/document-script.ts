import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../../", import.meta.url);
const BLOCK = /^```(\w+)\n([\s\S]*?)^```/gm;
/** The first line of a file that the reader is to make. */
const FILE = /^# (\/\S+)\n/;
/** What is there to be read. */
const SHOWN = ["caddyfile", "conf", "haproxy", "text"];

/**
 * The code blocks of a document as one script of bash, in order: `sh` runs, `sql` goes to `psql "$SUPERUSER"`, and a block
 * that begins with a path is written there.
 * @param replaced what this machine has in place of what the document names
 */
export async function documentScript(
  document: string,
  replaced: readonly (readonly [string, string])[],
): Promise<string> {
  const text = await readFile(fileURLToPath(new URL(document, ROOT)), "utf8");
  const here = replaced.reduce((code, [theirs, ours]) => code.replaceAll(theirs, ours), text);
  return [...here.matchAll(BLOCK)].map(([, language, code]) => step(language, code)).join("\n");
}

function step(language = "", code = ""): string {
  if (SHOWN.includes(language)) return "";
  if (language === "sh") return code;
  if (language === "sql") return `psql -q -v ON_ERROR_STOP=1 "$SUPERUSER" <<'SQL'\n${code}SQL\n`;
  const [, path] = FILE.exec(code) ?? [];
  if (path === undefined) throw new Error(`Nobody knows what to do with ${code}`);
  return `mkdir -p "$(dirname ${path})"\ncat > ${path} <<'FILE'\n${code}FILE\n`;
}
