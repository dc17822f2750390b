import { createHash } from "node:crypto";
import { serve } from "@hono/node-server";
import { createApp, createLogger, createServices, type Database } from "@serviceflow/server";

/** A server whose clock is set, and whose random bytes are the same each time. */
export interface StagedServer {
  url: string;
  db: Database;
  setTime(milliseconds: number): void;
  /** Starts the work in the background: sealing, counting and, if it should, sending to webhooks. */
  startBackground(): void;
  close(): Promise<void>;
}

export const BOOTSTRAP_KEY = "only-for-the-first-administrator";

const SILENT = createLogger("fatal", false);

/** Serves on a database that is migrated, which stays open in the end. */
export async function startStaged(db: Database, sends: boolean): Promise<StagedServer> {
  let now = 0;
  const { services, background } = createServices(db, SILENT, {
    clock: () => new Date(now),
    random: repeatable(String(sends)),
    bootstrapKey: BOOTSTRAP_KEY,
    webhookSending: sends,
    webhookTargets: { allowHttp: true, allowedNetworks: ["127.0.0.0/8"] },
  });
  const { fetch } = createApp(services);
  const server = await new Promise<{ port: number; close(): void }>((resolve) => {
    const listening = serve({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
      resolve({ port, close: () => listening.close() });
    });
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    db,
    setTime(milliseconds) {
      now = milliseconds;
    },
    startBackground: () => background.start(),
    async close() {
      background.cutStreams();
      server.close();
      await background.stop();
    },
  };
}

/** So that ids, keys and hashes in the pictures stay as they are. */
function repeatable(seed: string): (size: number) => Uint8Array {
  let count = 0;
  return (size) => {
    count += 1;
    const blocks = Array.from({ length: Math.ceil(size / 32) }, (_, block) =>
      createHash("sha256").update(`${seed}.${count}.${block}`).digest(),
    );
    return new Uint8Array(Buffer.concat(blocks).subarray(0, size));
  };
}
