import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openApiDocument } from "@serviceflow/server";
import { build } from "esbuild";
import { run, temporaryFolder } from "./child-process.ts";

const SOURCE = join(import.meta.dirname, "../../clients/generators");
// Some of what is bundled is CommonJS.
const BANNER =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

export const TOOLS = [
  "orval",
  "kubb",
  "swagger-typescript-api",
  "oazapfts",
  "openapi-zod-client",
  "openapi-generator-plus",
] as const;

/**
 * Installs the generators in a folder of their own, since together they weigh as much as all that the repository
 * installs; generates a client with each and compiles all of them.
 */
export async function generateClients(): Promise<string> {
  const folder = await temporaryFolder("generators");
  await cp(SOURCE, folder, { recursive: true });
  await writeFile(join(folder, "openapi.json"), openApiDocument());
  await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
  for (const tool of TOOLS) {
    await mkdir(join(folder, "generated", tool), { recursive: true });
    await run("npm", ["run", "--silent", tool], { cwd: folder });
  }
  await run("npm", ["run", "--silent", "compile"], { cwd: folder });
  return folder;
}

/** What a generated client observed on its journey. */
export async function travel(
  folder: string,
  tool: string,
  environment: Readonly<Record<string, string>>,
): Promise<unknown> {
  const program = join(folder, "compiled", `${tool}.mjs`);
  await build({
    entryPoints: [join(folder, "journeys", `${tool}.ts`)],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: { js: BANNER },
  });
  const { stdout } = await run(process.execPath, [program], { env: environment });
  return JSON.parse(stdout);
}
