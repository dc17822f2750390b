import type { Delivery, DeliveryStatus } from "@serviceflow/sdk";
import { useQuery } from "@tanstack/react-query";
import { queries, sf } from "../../app/client.ts";
import { usePages } from "../../app/use-pages.ts";

/** Attempts do not appear in the feed of events, so an open page polls them. */
const REFRESH_MS = 5_000;

/** The deliveries to an endpoint, newest first. */
export function useDeliveries(hook: string, status: DeliveryStatus | undefined) {
  return usePages<Delivery>({
    queryKey: [...queries.webhooks.all(), "delivered", hook, status ?? null],
    list: (page, options) =>
      sf.webhooks.deliveries(
        hook,
        { ...page, ...(status === undefined ? {} : { status }) },
        options,
      ),
    refetchInterval: REFRESH_MS,
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
