import { useCallback, useSyncExternalStore } from "react";

const PREFIX = "serviceflow.draft.";
const listeners = new Set<() => void>();

function read(key: string): string {
  try {
    return localStorage.getItem(PREFIX + key) ?? "";
  } catch {
    return "";
  }
}

function write(key: string, text: string): void {
  try {
    if (text === "") localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, text);
  } catch {
    // Without storage a draft lives as long as its page.
  }
  for (const listener of listeners) listener();
}

/**
 * Text that survives a reload, kept on this device until it is sent or discarded.
 * @param key whose text it is and where it belongs, such as the person, the request and the visibility.
 */
export function useDraft(key: string): [text: string, setText: (text: string) => void] {
  const text = useSyncExternalStore(subscribe, () => read(key));
  const setText = useCallback((next: string) => write(key, next), [key]);
  return [text, setText];
}

/** Removes a draft that was sent, unless it has been written on since. */
export function clearDraft(key: string, sent: string): void {
  if (read(key) === sent) write(key, "");
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", listener);
  };
}

/** How many texts have not been sent. */
export function draftCount(): number {
  // A choice beside a text is not a text.
  return keysWith(PREFIX).filter((key) => !/\.(category|priority)$/.test(key)).length;
}

/** Nothing of a person stays on the device when they sign out: drafts, what they have read, where they came from. */
export function forgetPerson(): void {
  for (const key of [...keysWith(PREFIX), ...keysWith("serviceflow.read.")]) {
    localStorage.removeItem(key);
  }
  try {
    sessionStorage.clear();
  } catch {
    // There was no storage to begin with.
  }
}

function keysWith(prefix: string): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}
