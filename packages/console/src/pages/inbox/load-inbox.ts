import { queries, queryClient } from "../../app/client.ts";
import { allCategories } from "../../app/use-categories.ts";
import { VIEWS } from "../../app/views.ts";
import { type InboxSearch, listInput, PAGE } from "./inbox-search.ts";

/** Loads what the inbox shows first. */
export async function loadInbox(search: InboxSearch): Promise<void> {
  await Promise.all([
    queryClient.prefetchQuery(queries.requests.list({ ...listInput(search), limit: PAGE })),
    queryClient.prefetchQuery(queries.requests.counts(VIEWS)),
    queryClient.prefetchQuery(allCategories),
  ]);
}
