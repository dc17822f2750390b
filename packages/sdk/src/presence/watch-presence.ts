import type { RequestPresence } from "@serviceflow/domain";
import type { ServiceFlow } from "../client.ts";

/** Who goes from one request to the next needs no other stream. */
const LINGER_MS = 10_000;

interface Watcher {
  id: string;
  tell(presence: RequestPresence): void;
  /** The stream is live again: a server that was restarted knows nobody. */
  live(): void;
}

interface Watch {
  watchers: Set<Watcher>;
  stop: AbortController;
  timer: ReturnType<typeof setTimeout> | undefined;
}

const watches = new WeakMap<ServiceFlow, Watch>();

/**
 * Passes on what the client's stream of events tells of presence.
 * @returns ends it
 */
export function watchPresence(sf: ServiceFlow, watcher: Watcher): () => void {
  const watch = watches.get(sf) ?? begin(sf, watcher.id);
  clearTimeout(watch.timer);
  watch.watchers.add(watcher);
  return () => {
    watch.watchers.delete(watcher);
    if (watch.watchers.size > 0) return;
    watch.timer = setTimeout(() => {
      if (watches.get(sf) === watch) watches.delete(sf);
      watch.stop.abort();
    }, LINGER_MS);
    // In Node, a program may end before.
    (watch.timer as { unref?: () => void }).unref?.();
  };
}

/** @param request whose events are read as well, since a stream has some */
function begin(sf: ServiceFlow, request: string): Watch {
  const watchers = new Set<Watcher>();
  const watch: Watch = { watchers, stop: new AbortController(), timer: undefined };
  watches.set(sf, watch);
  let wasStale = false;
  void read().catch(() => {
    // Who repeats where they are learns as well who else is there, and what is wrong.
    if (watches.get(sf) === watch) watches.delete(sf);
  });
  return watch;

  async function read(): Promise<void> {
    const events = sf.events.subscribe(
      { request },
      {
        signal: watch.stop.signal,
        onPresence: (presence) => {
          for (const { tell } of watchers) tell(presence);
        },
        onState: ({ status }) => {
          if (status === "live" && wasStale) for (const { live } of watchers) live();
          wasStale = status === "stale";
        },
      },
    );
    for await (const _ of events);
  }
}
