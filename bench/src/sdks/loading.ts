import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../../test/src/harness/child-process.ts";
import { spreadOf } from "../report/summary.ts";
import { BASELINE, SDKS } from "./catalogue.ts";
import type { Project } from "./install.ts";
import type { Loading } from "./results.ts";

const CLIENT = "client.mjs";

/** What Node itself loads with the first call, and with a signature, counts for none of them. */
const PROGRAM = `
import "node:crypto";
import "node:https";
await (await fetch("data:,x")).text();
global.gc();
const before = process.memoryUsage().rss;
const startedAt = performance.now();
await import(process.env.CLIENT);
const ms = performance.now() - startedAt;
global.gc();
console.log(JSON.stringify({ ms, memory: process.memoryUsage().rss - before }));
`;

/** Loads each in turn in a new process. */
export async function measureLoading(
  projects: readonly Project[],
  rounds: number,
): Promise<Record<string, Loading>> {
  const found = new Map<string, { ms: number; memory: number }[]>();
  for (const { name, folder } of projects) {
    const client = name === BASELINE ? "export {};" : SDKS[name].client;
    await writeFile(join(folder, CLIENT), client);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, folder } of inTurn(projects, round)) {
      const args = ["--expose-gc", "--input-type=module", "-e", PROGRAM];
      const env = { PATH: process.env.PATH, CLIENT: join(folder, CLIENT) };
      const { stdout } = await run(process.execPath, args, { cwd: folder, env });
      found.set(name, [...(found.get(name) ?? []), JSON.parse(stdout)]);
    }
  }
  const spreads = [...found].map(([name, each]) => [
    name,
    {
      ms: spreadOf(each.map(({ ms }) => ms)),
      memory: spreadOf(each.map(({ memory }) => memory)),
    },
  ]);
  return Object.fromEntries(spreads);
}

/** The opposite order in every second round. */
export function inTurn<T>(values: readonly T[], round: number): T[] {
  return round % 2 === 0 ? [...values] : values.toReversed();
}
