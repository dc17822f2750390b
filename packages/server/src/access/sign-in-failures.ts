import { randomUUID } from "node:crypto";
import { record, toPublicId } from "@serviceflow/domain";
import type { Logger } from "pino";
import type { Services } from "../context.ts";
import type { Database } from "../db/database.ts";
import { describeFailure } from "../db/failure.ts";
import { appendEntry } from "../log/append.ts";

const FLUSH_INTERVAL_MS = 60_000;
/** Most entries that one process writes in an interval, so that an attacker cannot fill the log. */
const MOST_GROUPS = 50;

/** A call that was refused for its key. */
export interface SignInFailure {
  address: string | null;
  /** Of a key that is known but has ended; null for any other. */
  keyUuid: string | null;
}

interface Group extends SignInFailure {
  attempts: number;
  firstAt: string;
  lastAt: string;
}

/**
 * Records failed sign-ins: one entry a minute for each address and key, whatever the number of attempts, and one for
 * all that come from still more addresses.
 */
export class SignInFailureRecorder {
  readonly #db: Database;
  readonly #log: Logger;
  readonly #services: Pick<Services, "clock" | "random">;
  readonly #timer: NodeJS.Timeout;
  #groups = new Map<string, Group>();

  constructor(db: Database, log: Logger, services: Pick<Services, "clock" | "random">) {
    this.#db = db;
    this.#log = log;
    this.#services = services;
    this.#timer = setInterval(() => void this.flush(), FLUSH_INTERVAL_MS);
    this.#timer.unref();
  }

  note(failure: SignInFailure): void {
    const now = this.#services.clock().toISOString();
    const own = `${failure.address} ${failure.keyUuid}`;
    const isFull = !this.#groups.has(own) && this.#groups.size >= MOST_GROUPS;
    const name = isFull ? "others" : own;
    const group = this.#groups.get(name);
    if (group) {
      group.attempts += 1;
      group.lastAt = now;
      return;
    }
    const who = isFull ? { address: null, keyUuid: null } : failure;
    this.#groups.set(name, { ...who, attempts: 1, firstAt: now, lastAt: now });
  }

  async flush(): Promise<void> {
    const groups = [...this.#groups.values()];
    this.#groups = new Map();
    for (const group of groups) {
      try {
        await this.#record(group);
      } catch (error) {
        this.#log.warn(describeFailure(error), "could not record failed sign-ins");
      }
    }
  }

  #record({ address, keyUuid, attempts, firstAt, lastAt }: Group): Promise<void> {
    const { clock, random } = this.#services;
    const subject = keyUuid === null ? "unknown" : toPublicId("apiKey", keyUuid);
    const entry = record("sign_in.failed", subject, null, { attempts, firstAt, lastAt });
    const origin = {
      actorUuid: null,
      keyUuid,
      requestId: randomUUID(),
      clientAddress: address,
      userAgent: null,
    };
    return appendEntry(this.#db, origin, entry, clock().toISOString(), random);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}
