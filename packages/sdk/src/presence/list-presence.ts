import type { RequestPresence, RequestPresences } from "@serviceflow/domain";
import type { ServiceFlow } from "../client.ts";
import type { CallOptions } from "../transport/call-options.ts";

/**
 * Who is on several requests now, without being there: for the rows of a list.
 * @param ids 100 at most
 * @returns the requests on which you see somebody, in the order of `ids`; the others are left out, also those that do not
 * exist or that you may not view
 * @throws ServiceFlowError `validation_failed`
 * @example
 * ```ts
 * for (const { serviceRequestId, people } of await listPresence(sf, ["SF-1042", "SF-1043"])) {
 *   console.log(serviceRequestId, people.map(({ user }) => user.fullName));
 * }
 * ```
 */
export async function listPresence(
  sf: ServiceFlow,
  ids: readonly string[],
  options: CallOptions = {},
): Promise<RequestPresence[]> {
  if (ids.length === 0) return [];
  const query = { ids: [...ids] };
  const { items } = await sf.request<RequestPresences>("GET", "/requests/presence", {
    ...options,
    query,
  });
  return items;
}
