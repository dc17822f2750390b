import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NOTICE } from "./markdown.ts";

const ROOT = join(import.meta.dirname, "../..");
const README = "../packages/sdk/README.md";

/** The guide to building bots as the SDK's package has it: links to what the package lacks are text. */
export function packedGuide(): string {
  const guide = readFileSync(join(ROOT, "docs/bots.md"), "utf8");
  const linked = guide.replace(/\[([^\]]*)\]\(([^)\s]+)\)/g, (link, text: string, to: string) => {
    if (to.startsWith(README)) return `[${text}](../README.md${to.slice(README.length)})`;
    return /^(https?:|#)/.test(to) ? link : text;
  });
  return NOTICE + linked;
}
