import { queryClient } from "./client.ts";
import { forgetPerson } from "./drafts.ts";

/** Leaves nothing of the person on the device, whose session here has ended or was replaced. */
export function leave(to = "/console/"): void {
  forgetPerson();
  queryClient.clear();
  location.assign(to);
}
