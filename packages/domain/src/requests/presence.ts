import { seesInternalComments } from "../rules/permissions.ts";
import type { Principal, UserRef } from "../rules/roles.ts";

export const PRESENCE_STATES = ["VIEWING", "WRITING", "WRITING_INTERNALLY"] as const;
/** What somebody does on a request. WRITING: a public comment; WRITING_INTERNALLY: an internal one. */
export type PresenceState = (typeof PRESENCE_STATES)[number];

/** How long somebody counts as present without saying so again, in milliseconds. */
export const PRESENCE_MS = 30_000;
/** How many people the presence of a request names at most. */
export const MAX_PRESENT_PEOPLE = 50;
/** Of how many requests one call reads the presence. */
export const MAX_PRESENCES = 100;

/** Somebody who is on a request. */
export interface PresentPerson {
  user: UserRef;
  state: PresenceState;
  /** Since when they do that. */
  since: string;
}

/** Who is on a request, as far as one reader may see it, without the reader. Those who write come first, then those who came first. */
export interface RequestPresence {
  /** "SF-1042" */
  serviceRequestId: string;
  /** 50 at most. */
  people: PresentPerson[];
}

/** Who is on several requests, as far as one reader may see it. */
export interface RequestPresences {
  /** The requests on which the reader sees somebody, in the order in which they were asked for. */
  items: RequestPresence[];
}

export interface ListPresenceInput {
  /** 100 at most. */
  ids: string[];
}

export interface SetPresenceInput {
  /** What the caller does from now on, for 30 s; LEFT: they are not there any more. */
  state: PresenceState | "LEFT";
  /**
   * Tells apart the windows and programs that use one API key or session, so that one that leaves does not take the others
   * with it: 1 to 64 letters, digits, `-` and `_`.
   */
  clientId?: string | undefined;
  /** Whether the streams of this API key or session carry who comes and goes while the caller is there. Default false. */
  follow?: boolean | undefined;
}

/**
 * Whether a reader who may view the request also sees that somebody is on it. Those who see internal comments see each
 * other view and write them. Everyone sees who writes a public comment, which is for them.
 */
export function seesPresence(
  state: PresenceState,
  present: Pick<Principal, "role">,
  reader: Pick<Principal, "role">,
): boolean {
  return state === "WRITING" || (seesInternalComments(present) && seesInternalComments(reader));
}
