import { useSyncExternalStore } from "react";

let code: string | undefined;
const listeners = new Set<() => void>();

function change(next: string | undefined): void {
  code = next;
  for (const listener of listeners) listener();
}

/** The fragment is never sent to a server; it is taken out of the address and of the history at once. */
function take(): void {
  const found = new URLSearchParams(location.hash.slice(1)).get("code");
  if (found === null || found === "") return;
  history.replaceState(history.state, "", `${location.pathname}${location.search}`);
  change(found);
}

take();
addEventListener("hashchange", take);

/** The one-time code of a link, `#code=...`, that was opened in this tab; undefined: none that is left. */
export function useLinkCode(): string | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => code,
  );
}

/** The link was followed, or is not to be. */
export function forgetLinkCode(): void {
  change(undefined);
}
