import type { CallingKey } from "./api-key.ts";
import type { User } from "./user.ts";

/** The user of a call, and the API key that it was made with. */
export interface CurrentUser extends User {
  callingKey: CallingKey;
}
