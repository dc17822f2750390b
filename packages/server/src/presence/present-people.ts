import { PRESENCE_MS, type PresenceState } from "@serviceflow/domain";

/** A user who opens more at a time is no longer seen where they were first. */
const MAX_PER_USER = 20;
const MAX_PER_REQUEST = 100;
const MAX_IN_ALL = 20_000;

export type SaidState = PresenceState | "LEFT";

/** What a window or program has said of itself. */
export interface Presence {
  /** Of the request. */
  number: number;
  keyUuid: string;
  userUuid: string;
  /** Tells the windows of a key apart. */
  clientId: string;
  state: SaidState;
  /** Since when it is in this state, in milliseconds since 1970; as are all times here. */
  since: number;
  /** What was said later counts. */
  saidAt: number;
  /** Whether the streams of the key carry who else is there. */
  follows: boolean;
}

interface Kept extends Presence {
  until: number;
  /** Whether it was said to this process. */
  isOwn: boolean;
}

/**
 * Who is on which request, each window by itself. What somebody has said holds for 30 s by the clock of the process that
 * keeps it. One who has left is remembered as long, so that what they had said before, and comes late, does not count.
 */
export class PresentPeople {
  readonly #all = new Map<string, Kept>();
  readonly #byRequest = new Map<number, Map<string, Kept>>();
  /** In the order in which they were last said. */
  readonly #byUser = new Map<string, Map<string, Kept>>();

  get size(): number {
    return this.#all.size;
  }

  /**
   * Keeps what was said.
   * @returns the requests on which something has changed: none when it is known, or there is no room
   */
  put(said: Presence, now: number, isOwn: boolean): number[] {
    const name = `${said.number} ${said.keyUuid} ${said.clientId}`;
    const known = this.#all.get(name);
    if (known && known.saidAt > said.saidAt) return [];
    if (!known && !this.#hasRoom(said.number)) return [];
    const kept = { ...said, isOwn, until: now + PRESENCE_MS };
    this.#remove(name);
    this.#all.set(name, kept);
    added(this.#byRequest, said.number).set(name, kept);
    const ofUser = added(this.#byUser, said.userUuid);
    ofUser.set(name, kept);
    const dropped = ofUser.size > MAX_PER_USER ? [leastNeeded(ofUser)] : [];
    for (const [each] of dropped) this.#remove(each);
    const before = known && known.until > now ? known.state : "LEFT";
    const isSame = before === said.state && known?.follows === said.follows;
    return [
      ...(isSame || (before === "LEFT" && said.state === "LEFT") ? [] : [said.number]),
      ...dropped.map(([, { number }]) => number),
    ];
  }

  /** Since when the window is in the state, if it says now that it is. */
  sinceOf({ number, keyUuid, clientId, state, saidAt }: Omit<Presence, "since">): number {
    const known = this.#all.get(`${number} ${keyUuid} ${clientId}`);
    const goesOn = known !== undefined && known.state === state && known.until > saidAt;
    return goesOn ? known.since : saidAt;
  }

  /** Who is on a request. */
  on(number: number, now: number): (Presence & { state: PresenceState })[] {
    const found: (Presence & { state: PresenceState })[] = [];
    for (const kept of this.#byRequest.get(number)?.values() ?? []) {
      const { state } = kept;
      if (state !== "LEFT" && kept.until > now) found.push({ ...kept, state });
    }
    return found;
  }

  /** Whether a window of the key is on the request. */
  has(said: Pick<Presence, "number" | "keyUuid" | "clientId">): boolean {
    const { number, keyUuid, clientId } = said;
    const known = this.#all.get(`${number} ${keyUuid} ${clientId}`);
    return known !== undefined && known.state !== "LEFT";
  }

  /** Requests whose presence the streams of these keys follow. */
  followedBy(keys: ReadonlySet<string>, now: number): Set<number> {
    const found = new Set<number>();
    for (const { number, keyUuid, follows, state, until } of this.#all.values()) {
      if (follows && state !== "LEFT" && until > now && keys.has(keyUuid)) found.add(number);
    }
    return found;
  }

  /** What was said to this process, for one that has just come. */
  own(): Presence[] {
    return [...this.#all.values()].filter(({ isOwn }) => isOwn);
  }

  /** Forgets what has expired. @returns the requests where somebody is not present any more */
  expire(now: number): number[] {
    const expired = [...this.#all].filter(([, { until }]) => until <= now);
    for (const [name] of expired) this.#remove(name);
    return expired.flatMap(([, { number, state }]) => (state === "LEFT" ? [] : [number]));
  }

  #hasRoom(number: number): boolean {
    const onRequest = this.#byRequest.get(number)?.size ?? 0;
    return this.#all.size < MAX_IN_ALL && onRequest < MAX_PER_REQUEST;
  }

  #remove(name: string): void {
    const kept = this.#all.get(name);
    if (!kept) return;
    this.#all.delete(name);
    removed(this.#byRequest, kept.number, name);
    removed(this.#byUser, kept.userUuid, name);
  }
}

/** Rather where the user has left than where they are; of these the oldest. */
function leastNeeded(ofUser: Map<string, Kept>): [name: string, Kept] {
  const all = [...ofUser];
  return all.find(([, { state }]) => state === "LEFT") ?? (all[0] as [string, Kept]);
}

function added<Key>(index: Map<Key, Map<string, Kept>>, key: Key): Map<string, Kept> {
  const found = index.get(key) ?? new Map<string, Kept>();
  index.set(key, found);
  return found;
}

function removed<Key>(index: Map<Key, Map<string, Kept>>, key: Key, name: string): void {
  const found = index.get(key);
  found?.delete(name);
  if (found?.size === 0) index.delete(key);
}
