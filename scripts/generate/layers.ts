import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path/posix";
import { mermaid } from "./markdown.ts";

/** The files and folders of each package, top to bottom. Each imports itself and the rows below it, types included. */
const LAYERS: Readonly<Record<string, readonly (readonly string[])[]>> = JSON.parse(
  readFileSync("scripts/layers.json", "utf8"),
);

interface Import {
  from: string;
  to: string;
}

/** An import of a value or a type, static or dynamic, by a relative path or by the package's own name. */
const importPattern = (name: string) =>
  new RegExp(`\\b(?:from|import)\\s*\\(?\\s*"(\\.[^"]+|@serviceflow/${name}\\b[^"]*)"`, "g");

const rootOf = (name: string) => `packages/${name}/src`;
const filesIn = (name: string) => globSync(`${rootOf(name)}/**/*.{ts,tsx}`).sort();
const isShipped = (file: string) => !/\.(test|fixture)\.tsx?$/.test(file);

/** The folder or file that has a place in the layers; a test belongs with the file beside it. */
function roomOf(name: string, file: string): string {
  return relative(rootOf(name), file)
    .replace(/\/.*/, "/")
    .replace(/\.(test|fixture)\.ts$/, ".ts");
}

function rowOf(name: string, file: string): number {
  return (LAYERS[name] ?? []).findIndex((rooms) => rooms.includes(roomOf(name, file)));
}

function importsOf(name: string, files: readonly string[]): Import[] {
  return files.flatMap((from) =>
    [...readFileSync(from, "utf8").matchAll(importPattern(name))].map(([, path = ""]) => ({
      from,
      to: path.startsWith(".") ? join(dirname(from), path) : path,
    })),
  );
}

/** Every file that is in no layer, and every import that does not lead down. Tests may import all of their package. */
export function layerFaults(): string[] {
  return globSync("packages/*/src").flatMap((root) => {
    const name = root.split("/")[1] as string;
    const files = filesIn(name);
    const unplaced = files.filter((file) => rowOf(name, file) === -1);
    const imports = importsOf(name, files).flatMap(({ from, to }) => {
      if (!to.startsWith(`${root}/`))
        return [`${from} imports ${to}: write a path inside ${root}.`];
      if (from.endsWith(".test.ts") || roomOf(name, from) === roomOf(name, to)) return [];
      const [importer, imported] = [rowOf(name, from), rowOf(name, to)];
      if (importer === -1 || importer < imported) return [];
      return [`${from} imports ${importer === imported ? "sideways" : "up"}: ${to}`];
    });
    return [...unplaced.map((file) => `${file} is in no layer.`), ...imports];
  });
}

/** The layers and the imports between them, without those that a longer way implies. */
function layersDiagram(): string {
  const packages = Object.entries(LAYERS).map(([name, layers]) => {
    const below = new Map<string, Set<string>>(layers.flat().map((room) => [room, new Set()]));
    const shipped = filesIn(name).filter(isShipped);
    for (const { from, to } of importsOf(name, shipped)) {
      if (rowOf(name, from) < rowOf(name, to)) below.get(roomOf(name, from))?.add(roomOf(name, to));
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
