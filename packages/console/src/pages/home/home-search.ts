export interface HomeSearch {
  show?: "closed";
}

/** Reads an address; what it does not understand is left out. */
export function homeSearch(search: Record<string, unknown>): HomeSearch {
  return search.show === "closed" ? { show: "closed" } : {};
}
