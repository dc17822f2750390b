import type { MessageDescriptor } from "@lingui/core";
import { useEffect } from "react";

/** The list from which a request was opened, so that one can go on in it and back to it. */
export interface Origin {
  to: string;
  search: Readonly<Record<string, unknown>>;
  title: MessageDescriptor;
  /** The view of the list, such as "Mine". */
  part?: MessageDescriptor | undefined;
  ids: readonly string[];
  /** Whether `ids` are all that the list holds. */
  complete: boolean;
}

const KEY = "serviceflow.origin";
let current: Origin | undefined;

/** Remembers a list while its page is shown and after it, for this tab alone and across a reload. */
export function useRememberedList(list: Origin): void {
  useEffect(() => {
    current = list;
  });
  useEffect(() => keep, []);
}

function keep(): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Without storage the list is forgotten with the page.
  }
}

function kept(): Origin | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** The list that a request was opened from, if it holds it. */
export function originOf(id: string): Origin | undefined {
  current ??= kept();
  return current?.ids.includes(id) === true ? current : undefined;
}

/** Where a request stands in its list, and the ones beside it. */
export function placeIn({ ids }: Pick<Origin, "ids">, id: string) {
  const index = ids.indexOf(id);
  return { index, before: ids[index - 1], after: index === -1 ? undefined : ids[index + 1] };
}
