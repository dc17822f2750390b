import type { ServiceFlow } from "@serviceflow/sdk";
import { sf } from "./client.ts";

let shared: { personId: string; client: ServiceFlow } | undefined;

/** The client whose stream all tabs of a person share. */
export function sharedClient(personId: string): ServiceFlow {
  if (shared?.personId !== personId) {
    shared = { personId, client: sf.withOptions({ shareEventsAs: personId }) };
  }
  return shared.client;
}
