import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { findPgbench } from "../contenders/pgbench.ts";
import { ROOT } from "../contenders/process.ts";
import type { Cluster } from "../data/cluster.ts";

/** What a result depends on besides the code. */
export function machineFacts({ version }: Cluster): Record<string, string | number> {
  const pgbench = findPgbench();
  return {
    ...machineOf(),
    postgres: version,
    pgbench: pgbench === null ? "none" : output(pgbench, ["--version"]),
  };
}

/** Without PostgreSQL. */
export function machineOf(): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    node: process.version,
    commit: output("git", ["-C", ROOT, "rev-parse", "--short", "HEAD"]),
    loadAfter: loadavg()[0] ?? 0,
  };
}

function output(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
