/**
 * Measures the cost of an open stream for writers: the same load, alternately with a stream of all events open and
 * with none. Then the cost of a NOTIFY in each write, with a trigger that ServiceFlow does not use (docs/adr/0009).
 *
 *   npm run bench:notify
 */
import { compareInTurns } from "./compare-in-turns.ts";
import type { Stage } from "./stage.ts";

const INSTALL = `
  create or replace function notify_event() returns trigger language plpgsql as
    'begin perform pg_notify(''events'', new.seq::text); return null; end';
  drop trigger if exists notify_event on audit_logs;
  create trigger notify_event after insert on audit_logs for each row execute function notify_event();
  alter table audit_logs enable always trigger notify_event`;

let stream: ReadableStreamDefaultReader<Uint8Array> | undefined;

async function listen({ server, apiKey }: Stage): Promise<void> {
  if (stream) return;
  const response = await fetch(`${server.url}/events/stream`, { headers: { "x-api-key": apiKey } });
  const reader = response.body?.getReader();
  stream = reader;
  const drain = async () => {
    while (reader && !(await reader.read()).done);
  };
  void drain();
}

async function leave(): Promise<void> {
  await stream?.cancel();
  stream = undefined;
}

await compareInTurns({
  with: { name: "with a stream open", begin: listen },
  without: { name: "with none", begin: leave },
});

await compareInTurns({
  with: { name: "with NOTIFY", begin: ({ client }) => client.query(INSTALL) },
  without: {
    name: "without",
    begin: ({ client }) => client.query("drop trigger if exists notify_event on audit_logs"),
  },
});
