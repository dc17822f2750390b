import type { ServiceRequest } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { mutations } from "../app/client.ts";

/** A request that was looked at for a moment counts as read, as far as it was shown. */
const LOOKED_AT_MS = 1_000;

/** @returns leaves the request unread, as far as it is shown now */
export function useMarkRead(request: ServiceRequest | undefined): () => void {
  const { mutate } = useMutation(mutations.requests.markRead());
  const marked = useRef<string | undefined>(undefined);
  const { id, lastActivityAt, unread } = request ?? {};
  useEffect(() => {
    if (id === undefined || lastActivityAt === undefined) return;
    const activity = `${id} ${lastActivityAt}`;
    // A request that was marked as unread stays so.
    if (marked.current === activity) return;
    const timer = setTimeout(() => {
      if (marked.current === activity) return;
      marked.current = activity;
      if (unread === true) mutate({ id, lastActivityAt });
    }, LOOKED_AT_MS);
    return () => clearTimeout(timer);
  }, [id, lastActivityAt, unread, mutate]);
  return () => {
    marked.current = `${id} ${lastActivityAt}`;
  };
}
