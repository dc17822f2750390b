import { readFileSync } from "node:fs";
import { join } from "node:path";

export const SDK = join(import.meta.dirname, "../../packages/sdk");

/** An entry of the published SDK: `webhooks`, imported as `@serviceflow/sdk/webhooks`, and its source file. */
export type Entry = Readonly<{ name: string; specifier: string; file: string }>;

/** The entries that the package exports. */
export function sdkEntries(): Entry[] {
  const { name, exports } = JSON.parse(readFileSync(join(SDK, "package.json"), "utf8"));
  return Object.entries<{ "@serviceflow/source"?: string }>(exports).flatMap(([path, target]) => {
    const source = target["@serviceflow/source"];
    if (!source) return [];
    const file = join(SDK, source);
    return { name: path === "." ? "index" : path.slice(2), specifier: join(name, path), file };
  });
}
