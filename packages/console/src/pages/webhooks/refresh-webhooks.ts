import { queries, queryClient } from "../../app/client.ts";

export function refreshWebhooks(): void {
  void queryClient.invalidateQueries({ queryKey: queries.webhooks.all() });
}
