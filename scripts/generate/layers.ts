import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path/posix";
import { mermaid } from "./markdown.ts";

/** The rooms of each package from top to bottom. A room imports only itself and the rows below it, types included. */
const LAYERS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  server: [
    ["main.ts", "index.ts"],
    ["cli/", "in-process.ts"],
    ["server.ts"],
    ["app.ts"],
    ["trpc/", "rest/", "seed/"],
    ["router.ts", "services.ts"],
    ["comments/", "webhooks/"],
    ["requests/", "people/", "categories/", "audit/", "events/"],
    ["procedure.ts"],
    ["commands/", "access/"],
    ["context.ts", "connect.ts"],
    ["config.ts", "log/"],
    ["http/"],
    ["background.ts", "logger.ts", "version.ts"],
    ["db/"],
  ],
  sdk: [
    ["index.ts", "testing/", "tanstack-query/"],
    ["client.ts"],
    ["resources/"],
    ["transport/", "webhook-receiver/"],
    ["error.ts", "read-chunks.ts", "recent-ids.ts"],
  ],
  domain: [
    ["contract/"],
    ["index.ts"],
    ["events/"],
    ["people/", "webhooks/", "requests/"],
    ["rules/"],
    ["log/"],
    ["text/"],
    ["error.ts"],
  ],
};

interface Import {
  from: string;
  to: string;
}

/** `from "./a.ts"`, `import "./a.ts"` and `import("./a.ts")`, of values and of types. */
const IMPORT = /\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;

function importsOf(root: string): Import[] {
  const files = globSync(`${root}/**/*.ts`).filter((file) => !file.endsWith(".test.ts"));
  return files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(IMPORT)].map(([, path]) => ({
      from: file,
      to: join(dirname(file), path as string),
    })),
  );
}

const rootOf = (name: string) => `packages/${name}/src`;
const roomOf = (root: string, file: string) => relative(root, file).replace(/\/.*/, "/");
const rowIn = (name: string, room: string) =>
  (LAYERS[name] ?? []).findIndex((rooms) => rooms.includes(room));

/** Every import that does not lead down. */
export function layerFaults(): string[] {
  return Object.keys(LAYERS).flatMap((name) => {
    const root = rootOf(name);
    const row = (room: string) => rowIn(name, room);
    return importsOf(root).flatMap(({ from, to }) => {
      const [importer, imported] = [roomOf(root, from), roomOf(root, to)];
      const unknown = [importer, imported].filter((room) => row(room) === -1);
      if (unknown.length > 0) return [`${root}/${unknown[0]} is in no layer.`];
      if (importer === imported || row(importer) < row(imported)) return [];
      return [`${from} imports ${row(importer) === row(imported) ? "sideways" : "up"}: ${to}`];
    });
  });
}

/** The rooms and the imports between them, without those that a longer way implies. */
function layersDiagram(): string {
  const packages = Object.entries(LAYERS).map(([name, layers]) => {
    const below = new Map<string, Set<string>>(layers.flat().map((room) => [room, new Set()]));
    for (const { from, to } of importsOf(rootOf(name))) {
      const [importer, imported] = [roomOf(rootOf(name), from), roomOf(rootOf(name), to)];
      if (rowIn(name, importer) < rowIn(name, imported)) below.get(importer)?.add(imported);
    }
    const reaches = (from: string, to: string): boolean =>
      [...(below.get(from) ?? [])].some((next) => next === to || reaches(next, to));
    const id = (room: string) => `${name}_${room.replace(/\W/g, "_")}`;
    const edges = [...below].flatMap(([room, rooms]) =>
      [...rooms]
        .filter((to) => ![...rooms].some((via) => via !== to && reaches(via, to)))
        .sort()
        .map((to) => `    ${id(room)} --> ${id(to)}`),
    );
    const nodes = [...below.keys()].map((room) => `    ${id(room)}["${room}"]`);
    return [`  subgraph ${name}`, ...nodes, ...edges, "  end"];
  });
  return mermaid(["flowchart TD", ...packages.flat()]);
}

const PICTURE = /(<!-- layers -->\n).*?(?=\n<!-- end of layers -->)/s;

/** The page on the architecture with the current picture of the layers. */
export function architecture(): string {
  const page = readFileSync("docs/architecture.md", "utf8");
  if (!PICTURE.test(page)) throw new Error("docs/architecture.md has no place for the layers.");
  return page.replace(PICTURE, (_, begin: string) => begin + layersDiagram());
}
