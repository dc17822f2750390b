import { createHash, randomUUID } from "node:crypto";
import {
  type Caller,
  DomainError,
  type ListPresenceInput,
  PRESENCE_MS,
  type RequestPresence,
  type RequestPresences,
  requireRole,
  type SetPresenceInput,
  seesPresence,
  toPublicId,
  toRequestNumber,
} from "@serviceflow/domain";
import type { Logger } from "pino";
import { Job } from "../background.ts";
import type { PresenceNews, Presences, UserActor } from "../context.ts";
import type { Database } from "../db/database.ts";
import { FixedWindows } from "../http/fixed-windows.ts";
import type { Broadcast } from "./broadcast.ts";
import { readMessage, toQuestion, toTexts } from "./messages.ts";
import { NewsOfStream } from "./news-of-stream.ts";
import { type Presence, PresentPeople } from "./present-people.ts";
import { Standings } from "./standings.ts";
import { type Seen, visiblePeople } from "./visible-people.ts";

/** How soon the loss of a right takes effect. */
const JUDGE_AGAIN_MS = 500;
/** Changes are batched for so long. */
const GATHER_MS = 50;
/** Calls of one user: each of them can be sent on to others. */
const SAID_PER_MINUTE = 120;
const MINUTE_MS = 60_000;
/** How long a process that has just begun to listen waits for what the others know. */
const MAX_WAIT_MS = 1_000;
const ANSWERS_WITHIN_MS = 150;
/** How many requests one statement judges. */
const BATCH_SIZE = 500;

export interface BoardOptions {
  db: Database;
  log: Logger;
  clock(): Date;
  /** Null: no other process has the same people. */
  broadcast: Broadcast | null;
}

/** Who is on which request, and which streams follow it. Nothing is stored: each process holds what it hears for 30 s. */
export class PresenceBoard implements Presences {
  readonly #options: BoardOptions;
  readonly #id = randomUUID();
  readonly #people = new PresentPeople();
  readonly #streams = new Map<string, Set<NewsOfStream>>();
  readonly #windows = new FixedWindows();
  readonly #changed = new Set<number>();
  readonly #unsent = new Map<string, Presence>();
  readonly #job: Job;
  #judgedAt = Number.NEGATIVE_INFINITY;
  #publishTimer: NodeJS.Timeout | undefined;
  #sendTimer: NodeJS.Timeout | undefined;
  #heardFromAll: Promise<void> | null = null;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#job = new Job({
      log: options.log,
      name: "send who is present",
      everyMs: JUDGE_AGAIN_MS,
      work: () => this.#publish(),
    });
  }

  /** How many windows and programs are on requests. */
  get size(): number {
    return this.#people.size;
  }

  async get(caller: Caller, id: string): Promise<RequestPresence> {
    const number = requireNumber(id);
    await this.#join();
    return this.#seenBy(caller, number);
  }

  /** What costs are the people that the caller could see, however many requests are asked for. */
  async list(caller: Caller, { ids }: ListPresenceInput): Promise<RequestPresences> {
    await this.#join();
    const keys = new Set<string>();
    const numbers = new Set<number>();
    for (const number of ids.flatMap((id) => toRequestNumber(id) ?? [])) {
      const others = this.#people
        .on(number, this.#now())
        .filter(({ userUuid }) => toPublicId("user", userUuid) !== caller.id)
        .filter(({ state }) => seesPresence(state, caller, caller));
      for (const { keyUuid } of others) keys.add(keyUuid);
      if (others.length > 0) numbers.add(number);
    }
    if (numbers.size === 0) return { items: [] };
    const { db, clock } = this.#options;
    const standings = await Standings.load(db, keys, numbers, clock);
    const items = [...numbers]
      .filter((number) => standings.mayView(caller, number))
      .map((number) => visiblePeople(number, this.#seen(number, standings), caller))
      .filter(({ people }) => people.length > 0);
    return { items };
  }

  async set(
    { keyUuid, userUuid }: UserActor,
    caller: Caller,
    { id, state, clientId = "", follow = false }: SetPresenceInput & { id: string },
    { headers, dryRun }: { headers: Record<string, string>; dryRun: boolean },
  ): Promise<RequestPresence> {
    const saidAt = this.#now();
    const number = requireNumber(id);
    const window = { number, keyUuid, userUuid, clientId: shortened(clientId) };
    await this.#join();
    const presence = await this.#seenBy(caller, number);
    // Each time somebody leaves, they have been counted when they came.
    if (state !== "LEFT" || !this.#people.has(window)) this.#count(userUuid, headers);
    if (state === "WRITING_INTERNALLY") requireRole("request.commentInternally", caller);
    if (!dryRun) this.#say({ ...window, state, follows: follow, saidAt });
    return presence;
  }

  /** @throws DomainError `not_found` for a request that the caller may not view */
  async #seenBy(caller: Caller, number: number): Promise<RequestPresence> {
    const { db, clock } = this.#options;
    const present = this.#people.on(number, this.#now());
    const keys = new Set(present.map(({ keyUuid }) => keyUuid));
    const standings = await Standings.load(db, keys, new Set([number]), clock);
    if (!standings.mayView(caller, number)) throw noSuchRequest();
    return visiblePeople(number, this.#seen(number, standings), caller);
  }

  #seen(number: number, standings: Standings): Seen[] {
    return this.#people.on(number, this.#now()).flatMap(({ keyUuid, ...present }) => {
      const who = standings.viewer(keyUuid, number);
      return who ? [{ ...present, who }] : [];
    });
  }

  #say(said: Omit<Presence, "since">): void {
    const whole = { ...said, since: this.#people.sinceOf(said) };
    this.#note(this.#people.put(whole, this.#now(), true));
    this.#job.start();
    this.#pass(whole);
  }

  #count(userUuid: string, headers: Record<string, string>): void {
    const { granted, msBeforeNext } = this.#windows.draw(
      userUuid,
      { quota: SAID_PER_MINUTE, ms: MINUTE_MS, wanted: 1, holders: 1 },
      performance.now(),
    );
    if (granted > 0) return;
    const seconds = Math.ceil(msBeforeNext / 1000);
    headers["retry-after"] = String(seconds);
    throw new DomainError(
      "rate_limited",
      `One user can say ${SAID_PER_MINUTE} times a minute where they are; wait for ${seconds} s.`,
    );
  }

  watch(keyUuid: string): PresenceNews {
    void this.#join();
    const streams = this.#streams.get(keyUuid) ?? new Set();
    const news = new NewsOfStream(() => {
      streams.delete(news);
      if (streams.size === 0 && this.#streams.get(keyUuid) === streams) {
        this.#streams.delete(keyUuid);
      }
    });
    this.#streams.set(keyUuid, streams.add(news));
    // It may stand for one that broke off, and missed what happened since.
    this.#note(this.#people.followedBy(new Set([keyUuid]), this.#now()));
    return news;
  }

  /** Passes changes to the streams that follow them. Every half second all is judged again: a right may have been lost. */
  async #publish(): Promise<void> {
    this.#note(this.#people.expire(this.#now()));
    if (this.#people.size === 0) void this.#job.stop();
    const followed = this.#people.followedBy(new Set(this.#streams.keys()), this.#now());
    const isTime = performance.now() - this.#judgedAt >= JUDGE_AGAIN_MS;
    if (isTime) this.#judgedAt = performance.now();
    const numbers = [...followed].filter((number) => isTime || this.#changed.has(number));
    this.#changed.clear();
    for (let from = 0; from < numbers.length; from += BATCH_SIZE) {
      await this.#publishOf(new Set(numbers.slice(from, from + BATCH_SIZE)));
    }
  }

  async #publishOf(numbers: ReadonlySet<number>): Promise<void> {
    const { db, clock } = this.#options;
    const keys = new Set<string>();
    for (const number of numbers) {
      for (const { keyUuid } of this.#people.on(number, this.#now())) keys.add(keyUuid);
    }
    const standings = await Standings.load(db, keys, numbers, clock);
    for (const number of numbers) {
      const present = this.#people.on(number, this.#now());
      const followers = present.filter(({ follows }) => follows).map(({ keyUuid }) => keyUuid);
      const seen = this.#seen(number, standings);
      for (const keyUuid of new Set(followers)) {
        const reader = standings.viewer(keyUuid, number);
        const streams = this.#streams.get(keyUuid);
        if (!reader || !streams) continue;
        const presence = visiblePeople(number, seen, reader);
        for (const stream of streams) stream.put(presence);
      }
    }
  }

  #note(numbers: Iterable<number>): void {
    for (const number of numbers) this.#changed.add(number);
    if (this.#changed.size === 0 || this.#streams.size === 0) return;
    this.#publishTimer ??= setTimeout(() => {
      this.#publishTimer = undefined;
      // The job runs again soon, and reports what fails.
      this.#job.run().catch(() => {});
    }, GATHER_MS).unref();
  }

  /** Begins to listen to the other processes. Resolves when they have had time to say what they know. */
  #join(): Promise<void> {
    const { broadcast } = this.#options;
    if (!broadcast) return Promise.resolve();
    this.#heardFromAll ??= new Promise((resolve) => {
      setTimeout(resolve, MAX_WAIT_MS).unref();
      broadcast.join({
        heard: (text) => this.#hear(text),
        joined: () => {
          this.#send([toQuestion(this.#id)]);
          for (const said of this.#people.own()) this.#pass(said);
          setTimeout(resolve, ANSWERS_WITHIN_MS).unref();
        },
        alone: resolve,
      });
    });
    return this.#heardFromAll;
  }

  #hear(text: string): void {
    const message = readMessage(text);
    if (!message || message.from === this.#id) return;
    const now = this.#now();
    for (const said of message.said) {
      // A clock that goes ahead would hold what it has said against all that comes after.
      const saidAt = Math.min(said.saidAt, now + PRESENCE_MS);
      this.#note(this.#people.put({ ...said, saidAt }, now, false));
    }
    if (message.said.length > 0) this.#job.start();
    if (message.asks) for (const said of this.#people.own()) this.#pass(said);
  }

  /** Passes it on to the other processes, together with what comes soon. */
  #pass(said: Presence): void {
    if (!this.#options.broadcast) return;
    this.#unsent.set(`${said.number} ${said.keyUuid} ${said.clientId}`, said);
    this.#sendTimer ??= setTimeout(() => {
      this.#sendTimer = undefined;
      const texts = toTexts(this.#id, [...this.#unsent.values()]);
      this.#unsent.clear();
      this.#send(texts);
    }, GATHER_MS).unref();
  }

  #send(texts: readonly string[]): void {
    // What is lost is said again within 15 s, or expires.
    this.#options.broadcast?.send(texts).catch(() => {});
  }

  #now(): number {
    return this.#options.clock().getTime();
  }

  async close(): Promise<void> {
    clearTimeout(this.#publishTimer);
    clearTimeout(this.#sendTimer);
    await this.#job.stop();
    await this.#options.broadcast?.close();
  }
}

function requireNumber(id: string): number {
  const number = toRequestNumber(id);
  if (number === null) throw noSuchRequest();
  return number;
}

function noSuchRequest(): DomainError {
  return new DomainError("not_found", "There is no such request that you can see.");
}

/** Of the same length for every client. */
function shortened(clientId: string): string {
  return createHash("sha256").update(clientId).digest("base64url").slice(0, 11);
}
