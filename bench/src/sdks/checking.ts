import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../../test/src/harness/child-process.ts";
import { ROOT } from "../contenders/process.ts";
import { spreadOf } from "../report/summary.ts";
import { BASELINE, programOf, SDKS } from "./catalogue.ts";
import type { Project } from "./install.ts";
import { inTurn } from "./loading.ts";
import type { Checking } from "./results.ts";

const TYPESCRIPT = join(ROOT, "node_modules/typescript");

const OPTIONS = {
  noEmit: true,
  strict: true,
  target: "es2023",
  module: "nodenext",
  lib: ["es2023", "dom", "dom.iterable"],
  types: ["node"],
  typeRoots: [join(ROOT, "node_modules/@types")],
  skipLibCheck: true,
};

export function compilerVersion(): string {
  return JSON.parse(readFileSync(join(TYPESCRIPT, "package.json"), "utf8")).version;
}

/** Type-checks the program of each in turn. */
export async function measureChecking(
  projects: readonly Project[],
  rounds: number,
): Promise<Record<string, Checking>> {
  const found = new Map<string, (Omit<Checking, "seconds"> & { seconds: number })[]>();
  for (const { name, folder } of projects) {
    const program = name === BASELINE ? "export {};" : programOf(SDKS[name]);
    await writeFile(join(folder, "program.ts"), program);
    const config = { compilerOptions: OPTIONS, files: ["program.ts"] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, folder } of inTurn(projects, round)) {
      const args = [join(TYPESCRIPT, "bin/tsc"), "--project", folder, "--extendedDiagnostics"];
      const { stdout } = await run(process.execPath, args, { cwd: folder });
      const of = (label: string) =>
        Number(new RegExp(`^${label}:\\s+([\\d.]+)`, "m").exec(stdout)?.[1] ?? Number.NaN);
      const one = {
        seconds: of("Total time"),
        instantiations: of("Instantiations"),
        types: of("Types"),
        lines: of("Lines"),
        memory: of("Memory used") * 1_024,
      };
      found.set(name, [...(found.get(name) ?? []), one]);
    }
  }
  const results = [...found].map(([name, each]) => {
    const seconds = spreadOf(each.map((one) => one.seconds));
    return [name, { ...each.at(-1), seconds }];
  });
  return Object.fromEntries(results) as Record<string, Checking>;
}
