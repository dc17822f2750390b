export interface NewRequestSearch {
  /** The closed request that the new one follows up. */
  followsUp?: string;
}

/** Reads an address; what it does not understand is left out. */
export function newRequestSearch({ followsUp }: Record<string, unknown>): NewRequestSearch {
  return typeof followsUp === "string" && /^SF-\d{1,12}$/.test(followsUp) ? { followsUp } : {};
}
