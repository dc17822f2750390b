import cluster from "node:cluster";
import { type Config, readConfig, readWorkerNumber } from "../config.ts";
import { createLogger } from "../logger.ts";
import { startServer } from "../server.ts";
import { WorkerChannel } from "../workers/member.ts";
import { greet } from "./greeting.ts";
import type { Output } from "./output.ts";
import { serveAsWorker } from "./serve-as-worker.ts";
import { serveByWorkers } from "./serve-by-workers.ts";
import { keepHeapSmall } from "./small-heap.ts";
import { nextSignal } from "./stop-signal.ts";

export interface ServeOptions {
  workers?: number;
}

/** Connects, migrates and serves until a signal stops it. */
export async function serve(output: Output, { workers }: ServeOptions): Promise<void> {
  keepHeapSmall();
  const number = cluster.isWorker ? readWorkerNumber() : null;
  const channel = number === null ? null : new WorkerChannel();
  const config = readConfig(undefined, undefined, workers);
  const log = createLogger(config.logLevel, config.logPretty);
  if (channel) await serveAsWorker(channel, config, log.child({ worker: number }));
  else if (config.workers > 1) await serveByWorkers(output, config, log);
  else await serveAlone(output, config, log);
}

async function serveAlone(
  output: Output,
  config: Config,
  log: ReturnType<typeof createLogger>,
): Promise<void> {
  const server = await startServer(config, log);
  // From here on a signal waits for the greeting, or the demo's keys would be lost.
  const signal = nextSignal();
  try {
    await greet(output, { services: server.services, config, url: server.url });
    server.becomeReady();
  } catch (error) {
    await server.close();
    throw error;
  }
  log.info({ signal: await signal }, "stopping");
  try {
    await server.close();
    log.info("stopped");
  } catch (error) {
    log.error({ err: error }, "could not stop cleanly");
    process.exitCode = 1;
  }
}
