import { useEffect } from "react";
import { queryClient } from "./client.ts";

/**
 * All tabs of a browser share its session: one that shows somebody else, or nobody, starts over.
 * @param id of the person that this tab shows
 */
export function useOnePerson(id: string | undefined): void {
  useEffect(() => {
    const tabs = new BroadcastChannel("serviceflow.person");
    tabs.onmessage = ({ data }) => {
      if (data !== id) void queryClient.resetQueries();
    };
    if (id !== undefined) tabs.postMessage(id);
    return () => tabs.close();
  }, [id]);
}
