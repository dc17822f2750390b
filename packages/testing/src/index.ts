import { randomBytes } from "node:crypto";
import { createLogger, openEmbedded, serveInProcess } from "@serviceflow/server";
import { migratedDump } from "./migrated-dump.ts";

const BASE_URL = "http://serviceflow.test";

export interface TestServerOptions {
  /** The server's current time; this machine's by default. */
  now?: (() => Date) | undefined;
}

/** A ServiceFlow in memory, without users. */
export interface BareTestServer {
  baseUrl: string;
  /** Creates the first administrator, once: `X-Bootstrap-Key`. */
  bootstrapKey: string;
  /** Replaces the global `fetch`: no port is opened. */
  fetch(input: string, init?: RequestInit): Promise<Response>;
  /** Ends streams and calls, and discards all data. */
  close(): Promise<void>;
}

/**
 * Starts the server in this process, with an in-memory PostgreSQL. Several can run side by side. Tests should use
 * `createTestServer` of `@serviceflow/sdk/testing`.
 */
export async function startTestServer({
  now = () => new Date(),
}: TestServerOptions = {}): Promise<BareTestServer> {
  const log = createLogger("silent", false);
  const db = await openEmbedded(null, { dump: await migratedDump() });
  const bootstrapKey = randomBytes(32).toString("base64url");
  const server = serveInProcess(db, log, { bootstrapKey, clock: now });
  return { baseUrl: BASE_URL, bootstrapKey, ...server };
}
