import { useCallback, useSyncExternalStore } from "react";

const PREFIX = "serviceflow.draft.";
const listeners = new Set<() => void>();

/** What the storage did not take, because it is full or forbidden: it lives as long as the page. */
const unstored = new Map<string, string>();

export function readDraft(key: string): string {
  const text = unstored.get(key);
  if (text !== undefined) return text;
  try {
    return localStorage.getItem(PREFIX + key) ?? "";
  } catch {
    return "";
  }
}

export function writeDraft(key: string, text: string): void {
  unstored.delete(key);
  try {
    if (text === "") localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, text);
  } catch {
    if (text !== "") unstored.set(key, text);
  }
  for (const listener of listeners) listener();
}

/**
 * Text that survives a reload, kept on this device until it is sent or discarded.
 * @param key whose text it is and where it belongs, such as the person, the request and the visibility.
 */
export function useDraft(key: string): [text: string, setText: (text: string) => void] {
  const text = useSyncExternalStore(subscribe, () => readDraft(key));
  const setText = useCallback((next: string) => writeDraft(key, next), [key]);
  return [text, setText];
}

/** Removes a draft that was sent, unless it has been written on since. */
export function clearDraft(key: string, sent: string): void {
  if (readDraft(key) === sent) writeDraft(key, "");
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
  const keys = [...keysWith(PREFIX), ...unstored.keys()];
  return keys.filter((key) => !/\.(category|priority)$/.test(key)).length;
}

/** Nothing of a person stays on the device when they sign out: drafts, what they have read, where they came from. */
export function forgetPerson(): void {
  unstored.clear();
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
