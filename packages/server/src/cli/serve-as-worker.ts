import type { Logger } from "pino";
import type { Config } from "../config.ts";
import { openToServe } from "../connect.ts";
import { serveOn } from "../server.ts";
import type { WorkerChannel } from "../workers/member.ts";
import { failureText } from "./failure.ts";

/** Serves as one of several workers, on a database that the primary process has migrated, until that says to stop. */
export async function serveAsWorker(
  channel: WorkerChannel,
  config: Config,
  log: Logger,
): Promise<void> {
  try {
    const db = await openToServe(config, log);
    // The primary serves the metrics of all on their own port.
    const server = await serveOn(db, config, log, {}, channel).catch(async (error: unknown) => {
      await db.close();
      throw error;
    });
    channel.onOpen(server.becomeReady);
    channel.ready(server.url);
    await channel.stopped;
    await server.close(() => channel.othersEnded());
  } catch (error) {
    if (channel.isReady) {
      log.error({ err: error }, "could not stop cleanly");
      process.exitCode = 1;
    } else {
      channel.fail(failureText(error));
    }
  }
  await channel.leave();
}
