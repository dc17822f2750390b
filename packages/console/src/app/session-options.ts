import { useQuery } from "@tanstack/react-query";

/** Which ways in the server offers beside codes and keys. */
export interface SessionOptions {
  oidc: { label: string; url: string; signOutUrl: string | null } | null;
}

const NONE: SessionOptions = { oidc: null };

/** Asks without being signed in; while it is unknown there are none. */
export function useSessionOptions(): SessionOptions {
  const { data } = useQuery({
    queryKey: ["session-options"],
    queryFn: async ({ signal }): Promise<SessionOptions> => {
      const answer = await fetch("/api/v1/session/options", { signal });
      return answer.ok ? ((await answer.json()) as SessionOptions) : NONE;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data ?? NONE;
}
