const POLL_MS = 250;
/** What was loaded is loaded again after that time, since its events may have changed. */
const FRESH_MS = 2_000;
const LOADED_AT_LEAST = 20;
/** So that the messages of one busy request do not hide all others. */
const LOADED_FOR_EACH = 4;
/** Where they do, so many are looked through for another one's. */
const LOADED_AT_MOST = 500;
const GROWTH = 4;

/** A delivery that is due. */
export interface Queued {
  seq: string;
  /** Of deliveries with the same subject, one is sent at a time, in the order of the feed. */
  subject: string;
}

/** What is due for an endpoint, in the order of the feed. */
interface Loaded<Delivery extends Queued> {
  deliveries: readonly Delivery[];
  /** The rest of the lease when it was loaded. */
  leaseMs: number;
  /** Since when the endpoint has had no success; null: it works. */
  failingSince: string | null;
}

/** How a send ended: `stale` when the others must be loaded again before any is sent. */
export type SendResult = "accepted" | "skipped" | "stale";

export interface LanePorts<Delivery extends Queued> {
  maxInFlight: number;
  load(limit: number): Promise<Loaded<Delivery>>;
  /** @param failingSince by the time of the answer, which others may have come before */
  send(delivery: Delivery, failingSince: () => string | null): Promise<SendResult>;
  /** Whether nothing more shall be sent. */
  isClosed(): boolean;
}

/**
 * Sends what is due for one endpoint under one lease, until nothing is: several messages at once, and those with the same
 * subject one after another. An endpoint that fails gets one at a time until it accepts one.
 */
export class Lane<Delivery extends Queued> {
  readonly #ports: LanePorts<Delivery>;
  readonly #inFlight = new Map<string, Delivery>();
  #waiting: Delivery[] = [];
  /** How many the last load could return, and whether it did. */
  #limit: number;
  #isFull = false;
  #askedAt = 0;
  #leaseMs = 0;
  #failingSince: string | null = null;
  #acceptedAt = Number.NEGATIVE_INFINITY;
  #failure: { error: unknown } | null = null;
  #wake = () => {};

  constructor(ports: LanePorts<Delivery>) {
    this.#ports = ports;
    this.#limit = this.#usualLimit;
  }

  /** Throws what a load or a send threw, once no message is in flight. */
  async run(): Promise<void> {
    try {
      while (!this.#failure && !this.#ports.isClosed()) {
        if (this.#needsLoad()) await this.#load();
        this.#start();
        if (this.#inFlight.size > 0) await this.#change(POLL_MS);
        else if (this.#waiting.length === 0) return;
      }
    } finally {
      while (this.#inFlight.size > 0) await this.#change();
    }
    if (this.#failure) throw this.#failure.error;
  }

  get #hasRoom(): boolean {
    const limit = this.#failingSince === null ? this.#ports.maxInFlight : 1;
    return this.#inFlight.size < limit;
  }

  get #usualLimit(): number {
    return Math.max(LOADED_AT_LEAST, LOADED_FOR_EACH * this.#ports.maxInFlight);
  }

  /** Whether all that was loaded waits for what is in flight, and more may be due. */
  get #isCrowded(): boolean {
    const { length } = this.#waiting;
    if (length === 0 || !this.#isFull || this.#limit >= LOADED_AT_MOST) return false;
    return this.#waiting.every(({ subject }) => this.#inFlight.has(subject));
  }

  #needsLoad(): boolean {
    const isStale = performance.now() - this.#askedAt >= FRESH_MS;
    return this.#hasRoom && (this.#waiting.length === 0 || isStale || this.#isCrowded);
  }

  async #load(): Promise<void> {
    // What is recorded while this runs may be loaded as it was before.
    const sending = new Set([...this.#inFlight.values()].map(({ seq }) => seq));
    this.#askedAt = performance.now();
    if (this.#isCrowded) this.#limit = Math.min(this.#limit * GROWTH, LOADED_AT_MOST);
    else if (!this.#isFull) this.#limit = this.#usualLimit;
    const limit = this.#limit + sending.size;
    const { deliveries, leaseMs, failingSince } = await this.#ports.load(limit);
    this.#isFull = deliveries.length >= limit;
    this.#waiting = deliveries.filter(({ seq }) => !sending.has(seq));
    this.#leaseMs = leaseMs;
    this.#failingSince = this.#acceptedAt >= this.#askedAt ? null : failingSince;
  }

  #start(): void {
    // This process can have been paused for longer than its lease, and another one be sending by now.
    if (performance.now() - this.#askedAt >= this.#leaseMs) this.#waiting = [];
    if (this.#failure || this.#ports.isClosed()) return;
    while (this.#hasRoom) {
      const index = this.#waiting.findIndex(({ subject }) => !this.#inFlight.has(subject));
      const [delivery] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (!delivery) return;
      this.#inFlight.set(delivery.subject, delivery);
      void this.#send(delivery);
    }
  }

  async #send(delivery: Delivery): Promise<void> {
    try {
      const result = await this.#ports.send(delivery, () => this.#failingSince);
      if (result === "stale") {
        this.#waiting = [];
        this.#limit = this.#usualLimit;
      }
      if (result === "accepted") {
        this.#failingSince = null;
        this.#acceptedAt = performance.now();
      }
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#inFlight.delete(delivery.subject);
    this.#wake();
  }

  /** Waits until a send ends, or for so long. */
  #change(limitMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = limitMs === undefined ? undefined : setTimeout(resolve, limitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
