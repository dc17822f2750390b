import type { PresenceState, PresentPerson, RequestPresence } from "@serviceflow/domain";
import type { ServiceFlow } from "../client.ts";
import { ServiceFlowError } from "../error.ts";
import { runHook } from "../run-hook.ts";
import { newIdempotencyKey } from "../transport/idempotency-key.ts";
import { shouldReconnect } from "../transport/retry-policy.ts";
import { whenAborted } from "../transport/when-aborted.ts";
import { watchPresence } from "./watch-presence.ts";
import { whenHidden } from "./when-hidden.ts";

/** Somebody counts as present for 30 s: one call may get lost. */
const REPEAT_MS = 12_000;
const EXPIRES_MS = 30_000;
const CALL = { maxRetries: 0, timeoutMs: 10_000 };

/** Options of `enterRequest`. */
export interface EnterOptions {
  /** What you do there at first; default VIEWING. */
  state?: PresenceState | undefined;
  /** Called with the others who are there, when that changes. */
  onChange?: ((people: readonly PresentPerson[]) => unknown) | undefined;
  /**
   * Called with the error that ended it: the request does not exist for you any more, or your key does not. By default
   * nothing happens.
   */
  onError?: ((error: ServiceFlowError) => unknown) | undefined;
  /** Leaves the request. */
  signal?: AbortSignal | undefined;
}

/** Your presence on a request. */
export interface PresenceHandle {
  /** The others who are there, as far as you may see; those who write come first. A change replaces the array. */
  readonly people: readonly PresentPerson[];
  /** Says what you do there now. Nothing is sent if that is known. */
  update(state: PresenceState): void;
  /** Says that you are gone. Never fails: otherwise you are gone 30 s after you were last there. */
  leave(): Promise<void>;
}

/** Also leaves at the end of a block, with `await using`, where the compiler knows that. */
export type Presence = PresenceHandle &
  (SymbolConstructor extends { readonly asyncDispose: infer Key extends symbol }
    ? { [Name in Key]: () => Promise<void> }
    : unknown);

/**
 * Says that you are on a request, as long as you do not leave, and follows who else is. In a page, you are gone while the
 * page is hidden, and once it is closed. Agents and administrators see who views and who writes, employees only who
 * writes a public comment.
 * @throws nothing: `onError` gets `not_found`, `unauthenticated` and `insufficient_scope`, and what cannot be helped by
 * repeating it
 * @example
 * ```ts
 * const presence = enterRequest(sf, "SF-1042", {
 *   onChange: (people) => console.log(people.map(({ user, state }) => `${user.fullName} ${state}`)),
 * });
 * presence.update("WRITING");
 * await presence.leave();
 * ```
 */
export function enterRequest(sf: ServiceFlow, id: string, options: EnterOptions = {}): Presence {
  const presence = new OwnPresence(sf, id, options);
  const dispose = (Symbol as { asyncDispose?: symbol }).asyncDispose;
  if (dispose) Object.assign(presence, { [dispose]: () => presence.leave() });
  return presence as unknown as Presence;
}

class OwnPresence implements PresenceHandle {
  people: readonly PresentPerson[] = [];
  readonly #sf: ServiceFlow;
  readonly #id: string;
  readonly #options: EnterOptions;
  readonly #clientId = newIdempotencyKey();
  readonly #end: (() => void)[];
  #state: PresenceState;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The call in progress. */
  #saying: Promise<void> | undefined;
  /** What the last call that was sent has said. */
  #said: PresenceState | "LEFT" = "LEFT";
  #isHidden = false;
  #hasEnded = false;
  /** Whether a call has been answered. */
  #wasThere = false;
  #knownAt = Date.now();
  /** Counts messages of the stream: an answer to a call from before the latest may be older than it. */
  #received = 0;

  constructor(sf: ServiceFlow, id: string, options: EnterOptions) {
    this.#sf = sf;
    this.#id = id;
    this.#options = options;
    this.#state = options.state ?? "VIEWING";
    this.#end = [
      watchPresence(sf, {
        id,
        tell: (presence) => this.#hear(presence),
        live: () => this.#repeat(),
      }),
      whenHidden((isHidden) => this.#hide(isHidden)),
      whenAborted(options.signal, () => void this.leave()),
    ];
    if (this.#hasEnded) this.#stop();
    else this.#repeat();
  }

  update(state: PresenceState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#repeat();
  }

  async leave(): Promise<void> {
    if (this.#hasEnded) return;
    this.#stop();
    await this.#saying;
    await this.#sayLeft();
  }

  #stop(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    for (const end of this.#end ?? []) end();
  }

  #hide(isHidden: boolean): void {
    this.#isHidden = isHidden;
    clearTimeout(this.#timer);
    // At once: the page may be about to be closed.
    if (isHidden) void this.#sayLeft();
    else this.#repeat();
  }

  #hear({ serviceRequestId, people }: RequestPresence): void {
    if (this.#hasEnded || serviceRequestId !== this.#id.toUpperCase()) return;
    this.#received += 1;
    this.#show(people);
  }

  #show(people: readonly PresentPerson[]): void {
    this.#knownAt = Date.now();
    if (JSON.stringify(people) === JSON.stringify(this.people)) return;
    this.people = people;
    runHook(this.#options.onChange, people);
  }

  /** Says where this is, now and from now on. */
  #repeat(): void {
    clearTimeout(this.#timer);
    if (this.#hasEnded || this.#isHidden) return;
    this.#saying ??= this.#say().finally(() => {
      this.#saying = undefined;
      if (this.#said !== this.#state) this.#repeat();
    });
    this.#timer = setTimeout(() => this.#repeat(), REPEAT_MS * (0.9 + Math.random() / 5));
  }

  async #say(): Promise<void> {
    const received = this.#received;
    this.#said = this.#state;
    try {
      const { people } = await this.#put(this.#state);
      this.#wasThere = true;
      if (received === this.#received && !this.#hasEnded) this.#show(people);
    } catch (error) {
      if (this.#hasEnded) return;
      if (ServiceFlowError.is(error) && !shouldReconnect(error, this.#wasThere)) {
        this.#stop();
        this.#show([]);
        runHook(this.#options.onError, error);
      } else if (Date.now() - this.#knownAt > EXPIRES_MS) this.#show([]);
    }
  }

  async #sayLeft(): Promise<void> {
    if (this.#said === "LEFT") return;
    this.#said = "LEFT";
    await this.#put("LEFT").catch(() => {});
  }

  #put(state: PresenceState | "LEFT"): PromiseLike<RequestPresence> & Promise<RequestPresence> {
    const body = { state, clientId: this.#clientId, follow: true };
    const path = `/requests/${encodeURIComponent(this.#id)}/presence`;
    return this.#sf.request<RequestPresence>("PUT", path, { ...CALL, body, keepalive: true });
  }
}
