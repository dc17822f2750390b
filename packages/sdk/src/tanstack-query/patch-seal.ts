import type { HistoryEntry, Page, ServiceFlowEvent } from "@serviceflow/domain";
import { write } from "./patch.ts";
import type { QueryClientLike } from "./query-client.ts";
import type { QueryKeys } from "./query-keys.ts";

type Entries = Page<HistoryEntry>;

/** Writes to cached entries of the log that an event, which is one of them, is sealed: there are no events before that. */
export function patchSealed(
  queryClient: QueryClientLike,
  keys: QueryKeys,
  { id, serviceRequestId }: Pick<ServiceFlowEvent, "id" | "serviceRequestId">,
): void {
  const prefixes = [keys.of("requests", "history", serviceRequestId), keys.all("audit")];
  for (const queryKey of prefixes) {
    for (const query of queryClient.getQueryCache().findAll({ queryKey })) {
      const data = query.state.data as Partial<Entries & { pages: Entries[] }> | undefined;
      const pages = data?.pages ?? (data?.items === undefined ? [] : [data as Entries]);
      if (!pages.some(({ items }) => items.some((one) => one.id === id && !one.sealed))) continue;
      const sealed = pages.map((page) => ({
        ...page,
        items: page.items.map((one) => (one.id === id ? { ...one, sealed: true } : one)),
      }));
      write(queryClient, query, data?.pages === undefined ? sealed[0] : { ...data, pages: sealed });
    }
  }
}
