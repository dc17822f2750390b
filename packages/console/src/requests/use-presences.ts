import type { PresentPerson, RequestPresence } from "@serviceflow/sdk";
import { listPresence } from "@serviceflow/sdk/presence";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { startTransition, useEffect, useRef, useState } from "react";
import { atOnce } from "../app/client.ts";

const REFRESH_MS = 10_000;
/** Who scrolls on has not looked at what they passed. */
const REST_MS = 300;
/** No call takes more. */
const MAX_ROWS = 100;

type Presences = ReadonlyMap<string, readonly PresentPerson[]>;
const NOBODY: Presences = new Map();

/** Who else is on the first 100 requests in sight, as long as the page is visible. What fails is tried again later, without a word. */
export function usePresences(inSight: readonly string[]): Presences {
  const wanted = inSight.slice(0, MAX_ROWS).join(",");
  const [rows, setRows] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => startTransition(() => setRows(wanted)), REST_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const { data, isError } = useQuery({
    queryKey: ["presences", rows],
    queryFn: ({ signal }) => listPresence(atOnce, rows.split(","), { signal }),
    enabled: rows !== "",
    staleTime: 0,
    gcTime: 0,
    refetchInterval: REFRESH_MS,
    refetchOnWindowFocus: "always",
    placeholderData: keepPreviousData,
  });
  return useSame(isError || data === undefined ? NOBODY : byRequest(data));
}

/** The same map as long as it says the same, also of other rows. */
function useSame(presences: Presences): Presences {
  const last = useRef({ presences, text: "[]" });
  const text = JSON.stringify([...presences]);
  if (text !== last.current.text) last.current = { presences, text };
  return last.current.presences;
}

function byRequest(found: readonly RequestPresence[]): Presences {
  return new Map(found.map(({ serviceRequestId, people }) => [serviceRequestId, people]));
}
