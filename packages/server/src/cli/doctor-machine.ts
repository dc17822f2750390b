import { constants, existsSync } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { dirname, resolve } from "node:path";
import type { Config } from "../config.ts";
import { pingRedis } from "../http/limit-counter.ts";
import type { Check } from "./check.ts";

const MIN_NODE_VERSION = 24;
const MIN_FREE_BYTES = 1024 ** 3;

/** Checks the runtime and, for the embedded database, the disk. */
export async function checkMachine({ databaseUrl, dataDir }: Config): Promise<Check[]> {
  const name = "node";
  const finding = `Node ${process.versions.node}`;
  const isNew = Number(process.versions.node.split(".")[0]) >= MIN_NODE_VERSION;
  const runtime: Check = isNew
    ? { name, status: "ok", finding, advice: null }
    : { name, status: "fail", finding, advice: `Run it on Node ${MIN_NODE_VERSION} or later.` };
  return databaseUrl === null ? [runtime, await checkDisk(dataDir)] : [runtime];
}

async function checkDisk(dataDir: string): Promise<Check> {
  const name = "disk";
  let folder = resolve(dataDir);
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    await access(folder, constants.W_OK);
  } catch {
    const finding = `${folder} is not writable`;
    return {
      name,
      status: "fail",
      finding,
      advice: "Choose another DATA_DIR, or change its owner.",
    };
  }
  const { bavail, bsize } = await statfs(folder);
  const finding = `${Math.floor((bavail * bsize) / 1024 ** 2).toLocaleString("en")} MiB free`;
  return bavail * bsize < MIN_FREE_BYTES
    ? { name, status: "warn", finding, advice: "Free disk space: a full disk stops all writes." }
    : { name, status: "ok", finding, advice: null };
}

/** Checks who can read the metrics. */
export function checkMetrics({ metricsPort, metricsHost, metricsToken }: Config): Check {
  const name = "metrics";
  if (metricsPort === null) {
    const finding = metricsToken === null ? "not served" : "on the API's port, with a token";
    return { name, status: "ok", finding, advice: null };
  }
  const finding = `on ${metricsHost}, port ${metricsPort}, ${metricsToken === null ? "without" : "with"} a token`;
  if (metricsToken !== null || isLoopback(metricsHost)) {
    return { name, status: "ok", finding, advice: null };
  }
  const advice = "Set METRICS_TOKEN, or let only the Prometheus server reach that port.";
  return { name, status: "warn", finding, advice };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** Checks Redis, when limits are counted there. */
export async function checkRedis({ redisUrl }: Config): Promise<Check[]> {
  if (redisUrl === null) return [];
  const name = "redis";
  if (await pingRedis(redisUrl)) {
    return [{ name, status: "ok", finding: "answers", advice: null }];
  }
  const advice =
    "Start it, or correct REDIS_URL. Until then each process counts limits for itself.";
  return [{ name, status: "warn", finding: "does not answer", advice }];
}
