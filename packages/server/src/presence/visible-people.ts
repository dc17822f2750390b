import {
  MAX_PRESENT_PEOPLE,
  type PresenceState,
  type PresentPerson,
  type Principal,
  type RequestPresence,
  seesPresence,
  toRequestId,
} from "@serviceflow/domain";
import type { Presence } from "./present-people.ts";
import type { Holder } from "./standings.ts";

/** A window on a request, whose user has been judged. */
export type Seen = Pick<Presence, "since" | "saidAt"> & { state: PresenceState; who: Holder };

/**
 * Who is on a request, as far as a reader may see it. Several windows of a person count once: as the latest in which they write,
 * or else view.
 */
export function visiblePeople(
  number: number,
  seen: readonly Seen[],
  reader: Principal,
): RequestPresence {
  const byUser = new Map<string, Seen[]>();
  for (const each of seen) {
    const { who, state } = each;
    if (who.id === reader.id || !seesPresence(state, who, reader)) continue;
    byUser.set(who.id, [...(byUser.get(who.id) ?? []), each]);
  }
  const people = [...byUser.values()].map((windows) => toPerson(windows)).sort(byImportance);
  return { serviceRequestId: toRequestId(number), people: people.slice(0, MAX_PRESENT_PEOPLE) };
}

function toPerson(windows: readonly Seen[]): PresentPerson {
  const writing = windows.filter(({ state }) => state !== "VIEWING");
  const [first, ...rest] = writing.length > 0 ? writing : windows;
  const latest = rest.reduce(
    (one, other) => (other.since > one.since ? other : one),
    first as Seen,
  );
  const { who, state } = latest;
  const since = Math.min(
    ...windows.filter((each) => each.state === state).map((each) => each.since),
  );
  return {
    user: { id: who.id, fullName: who.fullName },
    state,
    since: new Date(since).toISOString(),
  };
}

function byImportance(one: PresentPerson, other: PresentPerson): number {
  const rank = ({ state, since, user }: PresentPerson) =>
    `${state === "VIEWING" ? 1 : 0} ${since} ${user.id}`;
  return rank(one) < rank(other) ? -1 : 1;
}
