import pg from "pg";
import { type ChannelListener, NoSession } from "./database.ts";
import { isPooled } from "./pooler.ts";

/**
 * Listens on a channel of PostgreSQL, over a connection of its own.
 * @param connectMs limit of connecting
 * @returns ends it
 * @throws NoSession through a pooler
 */
export async function listenTo(
  url: string,
  channel: string,
  listener: ChannelListener,
  connectMs: number,
): Promise<() => Promise<void>> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectMs,
    query_timeout: connectMs,
    keepAlive: true,
    application_name: "serviceflow",
  });
  let hasEnded = false;
  const ended = () => {
    if (hasEnded) return;
    hasEnded = true;
    listener.ended();
  };
  client.on("error", ended);
  client.on("end", ended);
  client.on("notification", ({ payload = "" }) => listener.heard(payload));
  try {
    await client.connect();
    if (await isPooled(client)) throw new NoSession("A pooler stands in between.");
    await client.query(`listen ${client.escapeIdentifier(channel)}`);
  } catch (error) {
    hasEnded = true;
    await client.end().catch(() => {});
    throw error;
  }
  return async () => {
    hasEnded = true;
    await client.end().catch(() => {});
  };
}
