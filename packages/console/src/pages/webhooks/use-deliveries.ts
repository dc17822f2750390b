import type { DeliveryStatus } from "@serviceflow/sdk";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { queries, sf } from "../../app/client.ts";

const PAGE = 50;
/** Attempts do not appear in the feed of events, so an open page polls them. */
const REFRESH_MS = 5_000;

/** The deliveries to an endpoint, newest first. */
export function useDeliveries(hook: string, status: DeliveryStatus | undefined) {
  return useInfiniteQuery({
    queryKey: [...queries.webhooks.all(), "delivered", hook, status ?? null],
    queryFn: async ({ signal, pageParam }) =>
      sf.webhooks.deliveries(
        hook,
        {
          limit: PAGE,
          ...(status === undefined ? {} : { status }),
          ...(pageParam === null ? {} : { cursor: pageParam }),
        },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    // Of many pages each would be fetched again.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) <= 2 ? REFRESH_MS : false),
  });
}

/** A delivery with its attempts. */
export function useDelivery(hook: string, id: string) {
  return useQuery({
    ...queries.webhooks.delivery(hook, id),
    refetchInterval: ({ state }) => (state.data?.status === "PENDING" ? REFRESH_MS : false),
  });
}

/** The entry of the log that a delivery tells of. */
export function useToldEntry(
  delivery: { eventId: string; eventType: string; occurredAt: string | null } | undefined,
) {
  const occurredAt = delivery?.occurredAt ?? null;
  return useQuery({
    queryKey: [...queries.webhooks.all(), "told", delivery?.eventId],
    enabled: occurredAt !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const from = Date.parse(occurredAt ?? "");
      const { items } = await sf.audit.list(
        {
          occurredFrom: new Date(from).toISOString(),
          occurredTo: new Date(from + 1).toISOString(),
          limit: 100,
        },
        { signal },
      );
      return items.find(({ id }) => id === delivery?.eventId) ?? null;
    },
  });
}
