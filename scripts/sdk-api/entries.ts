import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const SDK = join(import.meta.dirname, "../../packages/sdk");

/** One of the paths that the package can be imported by. */
export interface Entry {
  /** `index`, `webhooks`: the name of its files. */
  name: string;
  /** `@serviceflow/sdk/webhooks`. */
  specifier: string;
  /** Where its source is. */
  file: string;
}

/** The entries of the published SDK, as its package.json exports them. */
export function sdkEntries(): Entry[] {
  const { name, exports } = JSON.parse(readFileSync(join(SDK, "package.json"), "utf8")) as {
    name: string;
    exports: Record<string, string | { "@serviceflow/source"?: string }>;
  };
  return Object.entries(exports).flatMap(([path, target]) => {
    const source = typeof target === "string" ? undefined : target["@serviceflow/source"];
    if (source === undefined || !existsSync(join(SDK, source))) return [];
    return {
      name: path === "." ? "index" : path.slice(2),
      specifier: join(name, path),
      file: join(SDK, source),
    };
  });
}
