import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";

interface LockedPackage {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  link?: boolean;
}

const SERVER = "packages/server";

/** The folders that npm fills for the server in production, peers left out, and its links to other packages here. */
export async function installedPackages(context: string): Promise<string[]> {
  const lock = JSON.parse(await readFile(join(context, "package-lock.json"), "utf8"));
  const packages: Record<string, LockedPackage> = lock.packages;
  const found = new Set<string>();
  const follow = (path: string) => {
    const { dependencies, optionalDependencies } = packages[path] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const place = placeOf(name, path, packages);
      if (found.has(place)) continue;
      found.add(place);
      follow(
        packages[place]?.link ? place.replace("node_modules/@serviceflow", "packages") : place,
      );
    }
  };
  follow(SERVER);
  return [...found];
}

/** As Node looks for it: in the package that depends on it, then in each folder above. */
function placeOf(name: string, from: string, packages: Record<string, LockedPackage>): string {
  for (let path = from; ; path = path.slice(0, Math.max(0, path.lastIndexOf("/")))) {
    const place = join(path, "node_modules", name);
    if (packages[place]) return place;
    if (path === "") throw new Error(`package-lock.json has no ${name} for ${from}`);
  }
}

/** Makes each package's `dist` without a look at its types. */
export async function transpile(packages: readonly string[]): Promise<void> {
  for (const path of packages) {
    const source = join(path, "src");
    const names = await readdir(source, { recursive: true });
    const entryPoints = names.filter((name) => name.endsWith(".ts")).map((at) => join(source, at));
    const options = { outdir: join(path, "dist"), outbase: source, format: "esm" } as const;
    const { outputFiles } = await build({ entryPoints, write: false, ...options });
    for (const { path: file, text } of outputFiles) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text.replaceAll(/(["'])(\.{1,2}\/[^"'\n]*)\.ts\1/g, "$1$2.js$1"));
    }
  }
}
