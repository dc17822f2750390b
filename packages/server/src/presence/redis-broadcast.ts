import { Redis } from "ioredis";
import type { Logger } from "pino";
import { failureReporter } from "../background.ts";
import type { Broadcast, BroadcastListener } from "./broadcast.ts";

const CHANNEL = "serviceflow:presence";
const CONNECT_TIMEOUT_MS = 1_000;
const MAX_RECONNECT_MS = 5_000;

/** By Redis, which keeps nothing of it. */
export class RedisBroadcast implements Broadcast {
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #report: (error: unknown) => void;

  constructor(url: string, log: Logger) {
    this.#report = failureReporter(log, "share presence through Redis");
    const options = {
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      retryStrategy: (attempt: number) => Math.min(attempt * 100, MAX_RECONNECT_MS),
    };
    this.#publisher = new Redis(url, options);
    this.#subscriber = new Redis(url, options);
    this.#publisher.on("error", this.#report);
    this.#subscriber.on("error", this.#report);
  }

  join({ heard, joined }: BroadcastListener): void {
    this.#subscriber.on("message", (_, text: string) => heard(text));
    this.#subscriber.on("ready", () => {
      this.#subscriber.subscribe(CHANNEL).then(() => {
        this.#report(null);
        joined();
      }, this.#report);
    });
    for (const redis of [this.#publisher, this.#subscriber]) redis.connect().catch(this.#report);
  }

  async send(texts: readonly string[]): Promise<void> {
    await Promise.all(texts.map((text) => this.#publisher.publish(CHANNEL, text)));
  }

  async close(): Promise<void> {
    for (const redis of [this.#publisher, this.#subscriber]) redis.disconnect();
  }
}
