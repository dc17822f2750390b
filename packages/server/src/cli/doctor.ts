import { type Config, InvalidConfig, readConfig } from "../config.ts";
import type { Check } from "./check.ts";
import { checkDatabase } from "./doctor-database.ts";
import { checkMachine, checkMetrics, checkRedis } from "./doctor-machine.ts";
import { checkOidc } from "./doctor-oidc.ts";
import { checkTracing } from "./doctor-tracing.ts";
import { EXIT, type Output, styled } from "./output.ts";

const STYLES = { ok: "green", warn: "yellow", fail: "red" } as const;

/** Checks everything that a server needs, and suggests fixes. It changes nothing. */
export async function doctor(output: Output): Promise<void> {
  const checks = await examine();
  const isWell = checks.every(({ status }) => status !== "fail");
  output.result({ well: isWell, checks }, checks.map(toLine).join("\n"));
  if (!isWell) process.exitCode = EXIT.found;
}

async function examine(): Promise<Check[]> {
  let config: Config;
  try {
    config = readConfig();
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    return error.faults.map((fault) => ({
      name: "configuration",
      status: "fail",
      finding: fault,
      advice: "Correct the variable; docs/generated/configuration.md lists them all.",
    }));
  }
  return [
    checkConfiguration(config),
    checkMetrics(config),
    ...(await checkMachine(config)),
    ...(await checkDatabase(config)),
    ...(await checkRedis(config)),
    ...(await checkOidc(config)),
    ...(await checkTracing(config)),
  ];
}

function checkConfiguration({ ignoredDatabaseUrls }: Config): Check {
  const name = "configuration";
  if (ignoredDatabaseUrls.length === 0) {
    return { name, status: "ok", finding: "every variable is valid", advice: null };
  }
  const finding = `DATABASE_URL is not set; not read: ${ignoredDatabaseUrls.join(", ")}`;
  return { name, status: "warn", finding, advice: "Rename the variable to DATABASE_URL." };
}

function toLine({ name, status, finding, advice }: Check): string {
  const label = styled(STYLES[status], status.padEnd(4));
  return `${label}  ${name.padEnd(14)}  ${finding}${advice === null ? "" : `\n      ${"".padEnd(14)}  ${advice}`}`;
}
