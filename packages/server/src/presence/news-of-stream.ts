import type { RequestPresence } from "@serviceflow/domain";
import type { PresenceNews } from "../context.ts";

/** Of how many requests the stream remembers what it has sent. */
const MAX_REMEMBERED = 100;

/** What a stream has yet to send: only the latest of each request, so that a stream that lags holds little. */
export class NewsOfStream implements PresenceNews {
  readonly end: () => void;
  onNews: () => void = () => {};
  readonly #pending = new Map<string, RequestPresence>();
  readonly #sent = new Map<string, string>();

  constructor(end: () => void) {
    this.end = end;
  }

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** Notes it, unless the stream has it already. */
  put(presence: RequestPresence): void {
    const { serviceRequestId: id } = presence;
    const text = JSON.stringify(presence.people);
    if (this.#sent.get(id) === text) return;
    this.#sent.delete(id);
    this.#sent.set(id, text);
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > MAX_REMEMBERED && oldest !== undefined) this.#sent.delete(oldest);
    this.#pending.set(id, presence);
    this.onNews();
  }

  take(): RequestPresence[] {
    const news = [...this.#pending.values()];
    this.#pending.clear();
    return news;
  }
}
