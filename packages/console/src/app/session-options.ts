import type { SessionOptions } from "@serviceflow/sdk";
import { useQuery } from "@tanstack/react-query";
import { sf } from "./client.ts";

const NONE: SessionOptions = { oidc: null };

/** Asks without being signed in; while it is unknown there are none. */
export function useSessionOptions(): SessionOptions {
  const { data } = useQuery({
    queryKey: ["session-options"],
    queryFn: ({ signal }) => sf.session.options({ signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data ?? NONE;
}
