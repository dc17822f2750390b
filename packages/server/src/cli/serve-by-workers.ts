import type { Logger } from "pino";
import { requireDefaultCategory } from "../categories/default-category.ts";
import type { Config } from "../config.ts";
import { connect } from "../connect.ts";
import { serveMetrics } from "../server.ts";
import { createServices } from "../services.ts";
import { freePort } from "../workers/free-port.ts";
import { Supervisor } from "../workers/supervisor.ts";
import { greet } from "./greeting.ts";
import type { Output } from "./output.ts";
import { nextSignal } from "./stop-signal.ts";

/** Migrates, and keeps workers that share the port until a signal stops them. */
export async function serveByWorkers(output: Output, config: Config, log: Logger): Promise<void> {
  const { db } = await connect(config, log);
  let supervisor: Supervisor;
  let closeMetrics = async () => {};
  let signal: Promise<NodeJS.Signals>;
  try {
    await requireDefaultCategory(db, config.defaultCategory, log);
    const port = config.port === 0 ? await freePort(config.host) : config.port;
    supervisor = new Supervisor({ workers: config.workers, log, port });
    try {
      closeMetrics = await serveMetrics(() => supervisor.metricsText(), config, log);
      const url = await supervisor.start();
      // From here on a signal waits for the greeting, or the demo's keys would be lost.
      signal = nextSignal(() => supervisor.killAll());
      await greet(output, { services: createServices(db, log).services, config, url });
      supervisor.open();
    } catch (error) {
      await supervisor.stop();
      await closeMetrics();
      throw error;
    }
  } finally {
    // The workers have their own connections.
    await db.close();
  }
  const failure = await Promise.race([signal, supervisor.failed]).then(
    (name) => {
      log.info({ signal: name }, "stopping");
      return null;
    },
    (error: unknown) => ({ error }),
  );
  const isClean = await supervisor.stop();
  await closeMetrics();
  if (failure) throw failure.error;
  if (isClean) log.info("stopped");
  else {
    log.error("could not stop cleanly");
    process.exitCode = 1;
  }
}
