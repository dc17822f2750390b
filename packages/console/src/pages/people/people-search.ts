import type { ListUsersInput } from "@serviceflow/sdk";

/** The views of the people, and what they hold. */
export const PEOPLE_VIEWS = {
  agents: { role: "AGENT", active: true },
  administrators: { role: "ADMIN", active: true },
  programs: { kind: "BOT" },
  deactivated: { active: false },
} as const satisfies Record<string, ListUsersInput>;

/** The address of the page is its state. */
export interface PeopleSearch {
  /** Absent: everybody. */
  view?: keyof typeof PEOPLE_VIEWS;
  /** The beginnings of names, or a whole address. */
  q?: string;
}

/** Reads an address; what it does not understand is left out. */
export function peopleSearch({ view, q }: Record<string, unknown>): PeopleSearch {
  return {
    ...(typeof view === "string" && Object.hasOwn(PEOPLE_VIEWS, view)
      ? { view: view as keyof typeof PEOPLE_VIEWS }
      : {}),
    ...(typeof q === "string" && q.trim() !== "" ? { q: q.trim().slice(0, 254) } : {}),
  };
}

/** Whether the words are a whole address, by which also the deactivated are found. */
export function isAddress(words: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(words);
}

/** How the people of a view are asked for. */
export function peopleInput({ view, q }: PeopleSearch): ListUsersInput {
  if (q !== undefined) return { email: q };
  return view === undefined ? {} : PEOPLE_VIEWS[view];
}
