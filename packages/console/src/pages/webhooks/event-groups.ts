import type { EventType } from "@serviceflow/sdk";

export interface EventGroup {
  /** What the events are about: the part before the dot. */
  subject: string;
  types: EventType[];
}

/** The event types by what they are about, in their order. */
export function eventGroups(types: readonly EventType[]): EventGroup[] {
  const groups = new Map<string, EventType[]>();
  for (const type of types) {
    const subject = type.split(".")[0] ?? type;
    groups.set(subject, [...(groups.get(subject) ?? []), type]);
  }
  return [...groups].map(([subject, group]) => ({ subject, types: group }));
}

/** The host of an endpoint, by which people tell endpoints apart. */
export function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
