/** A part that is loaded ahead of time or when it is needed, and is at hand at once from then on. */
export interface Late<Part> {
  /** Undefined until it has been loaded. */
  readonly part: Part | undefined;
  load(): Promise<Part>;
}

/** @param load - by `loadPart`; called once */
export function late<Part>(load: () => Promise<Part>): Late<Part> {
  let part: Part | undefined;
  let loading: Promise<Part> | undefined;
  const loadOnce = async () => {
    part = await load();
    return part;
  };
  return {
    get part() {
      return part;
    },
    load: () => {
      loading ??= loadOnce();
      return loading;
    },
  };
}
