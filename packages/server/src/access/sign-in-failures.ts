import { draftEntry, toPublicId } from "@serviceflow/domain";
import { Job } from "../background.ts";
import type { Services, SignInFailure } from "../context.ts";
import { appendEntry, systemOrigin } from "../log/append.ts";

const FLUSH_INTERVAL_MS = 60_000;
/** Entries that one process writes in an interval at most, so that an attacker cannot fill the log. */
const MAX_GROUPS = 50;

interface Group extends SignInFailure {
  attempts: number;
  firstAt: string;
  lastAt: string;
}

/**
 * Records failed sign-ins: one entry a minute for each address and key, however many attempts there were, and one for
 * all addresses beyond the limit.
 */
export class SignInFailureRecorder {
  readonly job: Job;
  readonly #services: Pick<Services, "db" | "log" | "clock" | "random">;
  #groups = new Map<string, Group>();

  constructor(services: Pick<Services, "db" | "log" | "clock" | "random">) {
    this.#services = services;
    this.job = new Job({
      log: services.log,
      name: "record failed sign-ins",
      everyMs: FLUSH_INTERVAL_MS,
      atStop: true,
      work: () => this.#flush(),
    });
  }

  note(failure: SignInFailure): void {
    const now = this.#services.clock().toISOString();
    const own = `${failure.address} ${failure.keyUuid}`;
    const isFull = !this.#groups.has(own) && this.#groups.size >= MAX_GROUPS;
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

  async #flush(): Promise<void> {
    const groups = [...this.#groups.values()];
    this.#groups = new Map();
    const failures: unknown[] = [];
    for (const group of groups) {
      await this.#record(group).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  #record({ address, keyUuid, attempts, firstAt, lastAt }: Group): Promise<void> {
    const { db, clock, random } = this.#services;
    const subject = keyUuid === null ? "unknown" : toPublicId("apiKey", keyUuid);
    const entry = draftEntry("sign_in.failed", {
      id: subject,
      before: null,
      after: { attempts, firstAt, lastAt },
    });
    const origin = { ...systemOrigin(), keyUuid, clientAddress: address };
    return appendEntry(db, origin, entry, clock().toISOString(), random);
  }
}
