import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application } from "typedoc";
import { SDK, sdkEntries } from "./entries.ts";

/** Options of the plugin, which TypeDoc's own types do not know. */
const PAGES = {
  outputFileStrategy: "modules",
  hidePageHeader: true,
  hideBreadcrumbs: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  typeDeclarationFormat: "table",
};

/** The reference of the SDK, a page an entry: file name to text. Nothing in it depends on the machine or on the day. */
export async function referencePages(): Promise<Record<string, string>> {
  const entries = sdkEntries();
  const folder = await mkdtemp(join(tmpdir(), "serviceflow-reference-"));
  try {
    const app = await Application.bootstrapWithPlugins({
      entryPoints: entries.map(({ file }) => file),
      tsconfig: join(import.meta.dirname, "tsconfig.json"),
      plugin: [fileURLToPath(import.meta.resolve("typedoc-plugin-markdown"))],
      basePath: join(SDK, "src"),
      readme: "none",
      disableGit: true,
      disableSources: true,
      excludeInternal: true,
      excludePrivate: true,
      excludeExternals: true,
      includeVersion: false,
      hideGenerator: true,
      // The types are those of the check; this only reads them.
      skipErrorChecking: true,
      logLevel: "Warn",
      ...PAGES,
    });
    const project = await app.convert();
    if (!project) throw new Error("TypeDoc cannot read the SDK.");
    // A page is called as its entry is, not as its source.
    for (const module of project.children ?? []) {
      const source = project.getSymbolIdFromReflection(module)?.fileName;
      module.name = entries.find(({ file }) => file === source)?.name ?? module.name;
    }
    await app.outputs.writeOutput({ name: "markdown", path: folder }, project);
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const pages: Record<string, string> = {};
    for (const file of files.filter((one) => one.isFile())) {
      const path = join(file.parentPath, file.name);
      pages[path.slice(folder.length + 1)] = await readFile(path, "utf8");
    }
    return pages;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
