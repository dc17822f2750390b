import { randomBytes } from "node:crypto";
import { createLogger, openEmbedded, serveInProcess } from "@serviceflow/server";
import { migratedDump } from "./migrated-dump.ts";

const BASE_URL = "http://serviceflow.test";

/** A line of the server's log. */
export interface LogLine {
  level: string;
  /** ISO 8601. */
  time: string;
  msg: string;
  [name: string]: unknown;
}

/** Answers what is sent to a webhook. */
export type WebhookHandler = (request: Request) => Response | Promise<Response>;

export interface TestServerOptions {
  /** The server's current time; this machine's by default. */
  now?: (() => Date) | undefined;
  /** Takes each line of the log; by default nothing is logged. */
  log?: ((line: LogLine) => void) | undefined;
  /** Who receives what is sent to the URL of a webhook. */
  handlerOf?: ((url: string) => WebhookHandler | undefined) | undefined;
}

/** A ServiceFlow in memory, without users. */
export interface BareTestServer {
  baseUrl: string;
  /** Creates the first administrator, once: `X-Bootstrap-Key`. */
  bootstrapKey: string;
  /** Replaces the global `fetch`: no port is opened. */
  fetch(input: string, init?: RequestInit): Promise<Response>;
  /** Begins to send to webhooks, as it does once a webhook leads to this machine. */
  startSending(): void;
  /** Sends to webhooks what has happened so far, each message once. */
  flushWebhooks(): Promise<void>;
  /** Ends streams and calls, and discards all data. */
  close(): Promise<void>;
}

/**
 * Starts the server in this process, with an in-memory PostgreSQL. Several can run side by side. Tests should use
 * `createTestServer` of `@serviceflow/sdk/testing`.
 */
export async function startTestServer({
  now = () => new Date(),
  log: take,
  handlerOf,
}: TestServerOptions = {}): Promise<BareTestServer> {
  const write = (line: string) => take?.(JSON.parse(line) as LogLine);
  const log = createLogger(take ? "debug" : "silent", false, { write });
  const db = await openEmbedded(null, { dump: await migratedDump() });
  const bootstrapKey = randomBytes(32).toString("base64url");
  const server = serveInProcess(db, log, { bootstrapKey, clock: now, handlerOf });
  return { baseUrl: BASE_URL, bootstrapKey, ...server };
}
