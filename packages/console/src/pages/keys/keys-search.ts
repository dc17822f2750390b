/** The address of the keys is its state. */
export interface KeysSearch {
  /** Absent: the keys of programs that work. */
  view?: "sessions" | "ended";
  /** Whose, a user’s id; absent: one’s own. */
  owner?: string;
}

/** Reads an address; what it does not understand is left out. */
export function keysSearch({ view, owner }: Record<string, unknown>): KeysSearch {
  return {
    ...(view === "sessions" || view === "ended" ? { view } : {}),
    ...(typeof owner === "string" && /^usr_\w+$/.test(owner) ? { owner } : {}),
  };
}
