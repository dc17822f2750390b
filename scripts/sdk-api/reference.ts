import { mkdtempDisposable, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Application } from "typedoc";
import { sdkEntries } from "./entries.ts";
import { methodIndex } from "./method-index.ts";

/** The reference of the SDK, a page an entry by file name, and the index of its methods. The same on every machine. */
export async function sdkReference(report: string) {
  const entries = sdkEntries();
  await using folder = await mkdtempDisposable(join(tmpdir(), "serviceflow-reference-"));
  const app = await Application.bootstrapWithPlugins({
    options: join(import.meta.dirname, "typedoc.json"),
    entryPoints: entries.map(({ file }) => file),
  });
  const project = await app.convert();
  if (!project) throw new Error("TypeDoc cannot read the SDK.");
  // A page has the name of its entry, not of its source.
  for (const module of project.children ?? []) {
    const source = project.getSymbolIdFromReflection(module)?.fileName;
    module.name = entries.find(({ file }) => file === source)?.name ?? module.name;
  }
  let index = "";
  // The addresses are known only while the pages are written.
  app.renderer.postRenderAsyncJobs.push(async () => {
    if (app.renderer.router) index = methodIndex(report, entries, project, app.renderer.router);
  });
  await app.outputs.writeOutput({ name: "markdown", path: folder.path }, project);
  const pages: Record<string, string> = {};
  for (const file of await readdir(folder.path)) {
    pages[file] = await readFile(join(folder.path, file), "utf8");
  }
  return { pages, index };
}
