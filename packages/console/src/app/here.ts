import { useEffect, useId } from "react";

/** A command of the request that one is on, as the palette lists it. */
export interface HereCommand {
  id: string;
  label: string;
  keys?: string | undefined;
  /** Why not now; absent: it can run. */
  reason?: string | undefined;
  run: () => void;
}

interface Here {
  request: string;
  commands: readonly HereCommand[];
}

const sets = new Map<string, Here>();

/** Offers commands of a request to the palette while the component is there. */
export function useHere(request: string, commands: readonly HereCommand[]): void {
  const id = useId();
  useEffect(() => {
    sets.set(id, { request, commands });
  });
  useEffect(() => () => void sets.delete(id), [id]);
}

/** The request that one is on, with its commands; undefined: none. */
export function here(): Here | undefined {
  const all = [...sets.values()];
  const request = all.at(-1)?.request;
  if (request === undefined) return undefined;
  const commands = all.filter((set) => set.request === request).flatMap((set) => set.commands);
  return { request, commands };
}
